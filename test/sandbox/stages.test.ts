import { beforeEach, expect, test } from 'vitest';
import { Stages } from '#imgdl/sandbox/stages.js';

let nowMs = 0;
let stages: Stages;
beforeEach(() => {
  nowMs = 1000;
  stages = new Stages(() => nowMs);
});

test('what takes time begins with the first look, and grows to 100 percent', () => {
  const percentAt = (ms: number, look: boolean): number => {
    nowMs = ms;
    return stages.percent('images/1', 200, 'asked', look);
  };
  expect([percentAt(5000, false), percentAt(6000, true), percentAt(6001, true), percentAt(6003, false)]).toEqual([
    0, 0, 0, 1,
  ]);
  expect([percentAt(6100, true), percentAt(6199, true), percentAt(6200, true), percentAt(9999, false)]).toEqual([
    50, 99, 100, 100,
  ]);
});

test('it may begin with the sandbox, whoever looks', () => {
  nowMs = 1050;
  expect(stages.percent('images/1', 200, 'start', false)).toBe(25);
});

test('each of several things has a clock of its own', () => {
  stages.percent('images/1', 100, 'asked', true);
  nowMs = 1050;
  stages.percent('images/2', 100, 'asked', true);
  nowMs = 1075;
  expect(['images/1', 'images/2'].map((name) => stages.percent(name, 100, 'asked', false))).toEqual([75, 25]);
});

test('what takes no time is over as soon as it has begun', () => {
  expect([stages.percent('x', 0, 'asked', false), stages.percent('x', 0, 'asked', true)]).toEqual([0, 100]);
});

test('stages that were set go on with each look, are seen without one, and the last stays', () => {
  stages.set('images/1', ['queued', 42, 'complete']);
  expect(stages.at('images/1', false)).toBe('queued');
  expect([1, 2, 3, 4].map(() => stages.at('images/1', true))).toEqual(['queued', 42, 'complete', 'complete']);
  expect(stages.at('images/2', true)).toBeUndefined();
});
