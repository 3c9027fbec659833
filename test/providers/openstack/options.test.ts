import { describe, expect, it } from 'vitest';
import { ALLOW_HTTP, OS_CLOUD, OS_REGION } from '#imgdl/providers/openstack/options.js';

describe('--allow-http is a host as a URL has it', () => {
  it.each([
    ['glance.example.com', 'glance.example.com'],
    ['GLANCE', 'glance'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('%s is %s', (raw, host) => {
    expect(ALLOW_HTTP.parse(raw)).toBe(host);
  });

  it.each(['', ' ', 'http://glance', 'glance:9292', 'glance/image', 'a b', 'u@glance', 'glance?x', 'glance#x', '*'])(
    '%j is none',
    (raw) => {
      expect(() => ALLOW_HTTP.parse(raw)).toThrowError(expect.objectContaining({ code: 'usage.option' }));
    },
  );
});

it.each([OS_CLOUD, OS_REGION])('$key is not empty', (option) => {
  expect(option.parse('one')).toBe('one');
  expect(option.parse(' one\r')).toBe('one');
  expect(() => option.parse(' ')).toThrowError(expect.objectContaining({ code: 'usage.option' }));
});
