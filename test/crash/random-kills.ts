import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beside, examine, type Verdict } from './oracle.js';
import { openScene, type Scene, type Victim, type Way } from './victim.js';

const MIB = 1024 * 1024;
/** What an interruption may cost. */
const LIMIT = 64 * MIB;
/** Bytes that are with neither side: in socket buffers and in the hands of either process when the kill comes. */
const IN_FLIGHT = 16 * MIB;
/** Fetched again on purpose where nothing proves the object better. */
const OVERLAP = 256 * 1024;

export interface KillsInput {
  readonly way: Way;
  readonly size: number;
  readonly rate: number;
  readonly kills: number;
  readonly random: () => number;
  /** Another bin/imgdl.js than the real one. */
  readonly program?: string;
  /** Value of performance.now() after which nobody is killed any more. */
  readonly until: number;
}

export interface KillsReport {
  readonly kills: number;
  readonly finished: number;
  /** How many kills each kind of moment got. */
  readonly moments: Readonly<Record<string, number>>;
  /** Sentences about what must never be. */
  readonly wrong: readonly string[];
}

type Moment = 'starting' | 'anywhere' | 'after a checkpoint' | 'verifying' | 'published';

/** Downloads again and again, each download killed at random until one run gets to its end. */
export async function killAtRandom(input: KillsInput): Promise<KillsReport> {
  const moments: Record<string, number> = {};
  const wrong: string[] = [];
  let kills = 0;
  let finished = 0;
  while (kills < input.kills && performance.now() < input.until && wrong.length === 0) {
    const scene = await openScene(input.way, input.size, { rate: input.rate });
    try {
      let mayKill = true;
      let claimed = 0;
      while (mayKill && wrong.length === 0) {
        mayKill = kills < input.kills && performance.now() < input.until;
        const moment = mayKill ? momentFor(input.random()) : undefined;
        const before = scene.sandbox.control.requests.length;
        const victim = scene.start(input.program === undefined ? {} : { program: input.program });
        if (moment !== undefined) await killAt(moment, victim, scene, input);
        const end = await victim.end;
        if (moment !== undefined && end.signal === 'SIGKILL') {
          kills += 1;
          moments[moment] = (moments[moment] ?? 0) + 1;
        } else if (end.code !== 0) {
          wrong.push(`exit ${end.code} ${end.signal}: ${victim.stderr()}`);
        }
        const verdict = await examine(scene.target, scene.sandbox.control.object(input.way.object));
        wrong.push(...judgeRun(scene, input.way, before, claimed, verdict, end.code === 0));
        claimed = verdict.claimed;
        // Complete, and only the lock is left: without a digest another run could not tell, and says so (exit 12).
        const over = verdict.target === 'right' && verdict.partSize === 0 && !input.way.digest;
        if (end.code === 0 || over) break;
      }
      finished += 1;
      wrong.push(...keysSpent(scene));
    } finally {
      await scene.close();
    }
  }
  return { kills, finished, moments, wrong };
}

/** Biased towards the short phases, which a uniform time would hardly ever hit. */
function momentFor(random: number): Moment {
  if (random < 0.2) return 'starting';
  if (random < 0.6) return 'anywhere';
  if (random < 0.82) return 'after a checkpoint';
  return random < 0.94 ? 'verifying' : 'published';
}

async function killAt(moment: Moment, victim: Victim, scene: Scene, { random, size }: KillsInput): Promise<void> {
  const over = victim.end.then(() => true);
  const within = (ms: number) => Promise.race([over, sleep(ms)]);
  const when = async (event: () => boolean): Promise<void> => {
    let gone = false;
    void over.then(() => {
      gone = true;
    });
    while (!gone && !event()) await sleep(1);
  };
  const sizeOfFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const journal = beside(scene.target, 'journal');
  switch (moment) {
    case 'starting':
      await within(random() * 700);
      break;
    case 'anywhere': {
      // By bytes, not by time: a busy machine is slow to start, and everything would be killed at the beginning.
      const bytes = Math.max(1, random() * size);
      await when(() => sizeOfFile(beside(scene.target, 'part')) >= bytes);
      await within(random() * 40);
      break;
    }
    case 'after a checkpoint': {
      const before = sizeOfFile(journal);
      await when(() => sizeOfFile(journal) > Math.max(before, 400));
      await within(random() * 60);
      break;
    }
    case 'verifying':
      await when(() => sizeOfFile(beside(scene.target, 'part')) >= size);
      await within(random() * 120);
      break;
    case 'published':
      await when(() => existsSync(scene.target));
      break;
  }
  victim.child.kill('SIGKILL');
}

/** What one run left, and what it fetched that was there already. */
function judgeRun(
  scene: Scene,
  way: Way,
  before: number,
  claimedBefore: number,
  verdict: Verdict,
  ended: boolean,
): readonly string[] {
  const wrong = [...verdict.wrong];
  if (ended && verdict.target !== 'right') wrong.push('exit 0 without a target');
  if (!ended && verdict.target === 'absent' && verdict.partSize - verdict.claimed > LIMIT) {
    wrong.push(`${verdict.partSize - verdict.claimed} bytes are on disk and not claimed: the kill costs them`);
  }
  for (const request of scene.sandbox.control.requests.slice(before).filter(way.isData)) {
    const from = Number(/^bytes=(\d+)-/.exec(request.headers['range'] ?? '')?.[1] ?? 0);
    if (from < claimedBefore - OVERLAP) wrong.push(`${claimedBefore} bytes were claimed, and it asked from ${from} on`);
    const unclaimed = request.sentEnd - verdict.claimed;
    if (!ended && verdict.target === 'absent' && unclaimed > LIMIT + IN_FLIGHT) {
      wrong.push(`${request.sentEnd} bytes were sent, only ${verdict.claimed} are kept`);
    }
  }
  for (const failure of scene.sandbox.control.failures) wrong.push(`the sandbox failed: ${failure.message}`);
  return wrong;
}

/** Every one-time key was presented once at most. */
function keysSpent(scene: Scene): string[] {
  const keys = scene.sandbox.control.requests
    .map(({ target }) => /[?&](?:id|downloadId)=([0-9a-f]+)/.exec(target)?.[1])
    .filter((key) => key !== undefined);
  return new Set(keys).size === keys.length ? [] : ['a one-time download id was presented twice'];
}
