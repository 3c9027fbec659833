import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { FirstContact } from '#imgdl/http/first-contact.js';
import { failure, never } from './set-up.js';

const refused = (): AppError => new AppError('net.refused', 'GET http://h/x: connection refused (10.0.0.1:80)');
const unknown = (): AppError => new AppError('net.dns', 'GET http://h/x: the host name is unknown');
const noProxy = (reason: string): AppError => new AppError('net.proxy', 'no proxy', { details: { reason } });

interface Trial {
  readonly contact: FirstContact;
  readonly notes: string[];
  readonly waits: number[];
  tries: number;
  /** Fails with each of these in turn, the last one for ever; undefined: an answer. */
  reach(...outcomes: (AppError | undefined)[]): Promise<string>;
}

function trial(patient = false): Trial {
  const notes: string[] = [];
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  const clock = { now: () => 0, wall: () => 0, random: () => 0, sleep };
  const contact = new FirstContact({ clock, patient, note: (message) => notes.push(message) });
  const made: Trial = {
    contact,
    notes,
    waits,
    tries: 0,
    reach: (...outcomes) =>
      contact.reach(async () => {
        const outcome = outcomes[Math.min(made.tries, outcomes.length - 1)];
        made.tries += 1;
        if (outcome !== undefined) throw outcome;
        return 'answer';
      }, never()),
  };
  return made;
}

describe('before any server has answered', () => {
  it.each<[string, AppError]>([
    ['a name that is unknown', unknown()],
    ['a connection that is refused', refused()],
    ['a proxy whose name is unknown', noProxy('net.dns')],
    ['a proxy that refuses', noProxy('net.refused')],
  ])('%s is tried three times in 3 s, and the error is final', async (_, error) => {
    const tried = trial();
    const final = await failure(tried.reach(error));
    expect([tried.tries, tried.waits]).toEqual([3, [1_000, 2_000]]);
    expect(final).toMatchObject({ code: error.code, exhausted: true, transient: true, details: { attempts: 3 } });
    expect(final.message).toBe(`${error.message} (3 attempts)`);
    expect(tried.notes).toEqual([`${error.message}; trying again in 1 s`, `${error.message}; trying again in 2 s`]);
  });

  it('a server that comes up in the meantime is reached', async () => {
    const tried = trial();
    expect(await tried.reach(unknown(), refused(), undefined)).toBe('answer');
    expect(tried.tries).toBe(3);
  });

  it.each<[string, AppError]>([
    ['a connection that takes too long', new AppError('net.connect-timeout', 'x')],
    ['one that is reset', new AppError('net.reset', 'x')],
    ['a proxy that refuses the tunnel', noProxy('none')],
    ['a certificate', new AppError('tls.certificate', 'x')],
  ])('%s is for whoever asked', async (_, error) => {
    const tried = trial();
    expect(await failure(tried.reach(error))).toBe(error);
    expect(tried.tries).toBe(1);
  });
});

describe('all retries are the caller’s', () => {
  it('once a server has answered', async () => {
    const tried = trial();
    tried.contact.made();
    const error = refused();
    expect(await failure(tried.reach(error))).toBe(error);
    expect([tried.tries, error.exhausted]).toEqual([1, false]);
  });

  it('also when it answers another request between two of the quick retries', async () => {
    const tried = trial();
    const error = refused();
    const reached = tried.reach(error);
    tried.contact.made();
    expect(await failure(reached)).toBe(error);
  });

  it('where the user says how many', async () => {
    const tried = trial(true);
    const error = unknown();
    expect(await failure(tried.reach(error))).toBe(error);
    expect(tried.tries).toBe(1);
  });
});
