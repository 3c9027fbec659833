import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Board, type BoardOptions, createBoard } from '#imgdl/ui/progress/board.js';
import { createFleet } from '#imgdl/ui/progress/fleet.js';
import { bytes, described, GIB, HOSTILE, MIB, PLAIN, RETRY, unsafe } from '../samples.js';
import { Screen } from '../screen.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Show {
  readonly board: Board;
  readonly screen: Screen;
  readonly lines: () => readonly string[];
  readonly pass: (ms: number) => void;
}

function show(mode: BoardOptions['mode'], count: number, more: Partial<BoardOptions> = {}): Show {
  const screen = new Screen(10_000);
  const start = Date.now();
  const board = createBoard({
    mode,
    count,
    verbose: false,
    columns: () => 80,
    rows: () => 24,
    palette: PLAIN,
    unicode: true,
    now: () => Date.now() - start,
    stream: {
      write(text) {
        screen.write(text);
        expect(screen.column).toBe(0);
      },
    },
    ...more,
  });
  return {
    board,
    screen,
    lines: () => (screen.text === '' ? [] : screen.text.split('\n')),
    pass: (ms) => vi.advanceTimersByTime(ms),
  };
}

const begin = (board: Board, name: string, size = GIB) => {
  const item = board.start(name);
  item.on(described(name, size));
  item.on({ type: 'phase', phase: 'transferring' });
  return item;
};

describe('rows on a terminal', () => {
  test('one for each image on its way, and the total below', () => {
    const { board, lines, pass } = show('bar', 3);
    const [first, second] = [begin(board, 'a.img'), begin(board, 'b.img')];
    first.on(bytes(0));
    second.on(bytes(0));
    pass(1000);
    first.on(bytes(512 * MIB));
    second.on(bytes(256 * MIB));
    pass(500);
    expect(lines()).toEqual([
      expect.stringMatching(/^\S a\.img ━+─+ {2}50% 0\.5\/1\.0 GiB/),
      expect.stringMatching(/^\S b\.img ━+╸?─+ {2}25% 256\.0 MiB\/1\.0 GiB|^\S b\.img .*25% 0\.2\/1\.0 GiB/),
      expect.stringMatching(/^\S 0 of 3 images 768\.0 MiB .*MiB\/s/),
    ]);
    board.close();
    expect(lines()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [24, 8],
    [8, 5],
    [3, 0],
    [0, 8],
  ])('a terminal of %i rows shows %i of them', (rows, expected) => {
    const { board, lines, pass } = show('bar', 12, { rows: () => rows });
    for (let at = 0; at < 8; at += 1) begin(board, `image-${at}`);
    pass(1000);
    expect(lines()).toHaveLength(expected + 1);
    expect(lines().at(-1)).toContain('0 of 12 images');
    board.close();
  });

  test('go with their images at the end, and leave nothing behind', () => {
    const { board, lines, pass } = show('bar', 4);
    const items = ['a', 'b', 'c', 'd'].map((name) => begin(board, name));
    pass(1000);
    expect(lines()).toHaveLength(5);
    for (const [at, item] of items.entries()) {
      item.end(at === 1 ? null : GIB);
      board.say(`imgdl: ${item.name} is over, and this line is longer than what is left of any row\n`);
      pass(300);
      expect(lines()).toHaveLength(at + 1 + 3 - at + 1);
      expect(lines().at(-1)).toContain(`${at + 1} of 4 images${at === 0 ? '' : ', 1 failed'}`);
    }
    board.close();
    expect(lines()).toEqual(['a', 'b', 'c', 'd'].map((name) => expect.stringMatching(`^imgdl: ${name} is over`)));
  });

  test('several lines at once are not mixed with the rows they are written over', () => {
    const { board, lines, pass } = show('bar', 8);
    for (let at = 0; at < 8; at += 1) begin(board, `image-${at}`);
    pass(1000);
    for (let at = 0; at < 6; at += 1) board.say(`imgdl: ${at}\n`);
    pass(300);
    expect(lines().slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5].map((at) => `imgdl: ${at}`));
    expect(lines()).toHaveLength(6 + 9);
    board.close();
  });
});

describe('lines', () => {
  test('what an image says begins with its name', () => {
    const { board, lines } = show('line', 2);
    const item = begin(board, 'a.img');
    item.on({ type: 'planned', from: 512 * MIB, size: GIB, why: 'the same image' });
    item.on(RETRY);
    board.on({ type: 'warning', warning: { code: 'x.y', message: 'of the run' } });
    expect(lines()).toEqual([
      'imgdl: a.img: resuming at 512.0 MiB (50%): the same image',
      expect.stringMatching(/^imgdl: a\.img: net\.truncated: .*retry 2/),
      'imgdl: warning: of the run',
    ]);
  });

  test('the total comes at every tenth, at most once a second, and after 30 s', () => {
    const { board, lines, pass } = show('line', 2);
    const [first, second] = [begin(board, 'a'), begin(board, 'b')];
    first.on(bytes(1));
    second.on(bytes(1));
    for (let at = 1; at <= 100; at += 1) {
      pass(100);
      first.on(bytes((at / 100) * GIB));
    }
    expect(lines().length).toBeGreaterThanOrEqual(4);
    expect(lines().length).toBeLessThanOrEqual(5);
    expect(lines()[0]).toMatch(/^imgdl: 0 of 2 images: 10%, 0\.2\/2\.0 GiB, .*\/s, .* left$/);
    const before = lines().length;
    pass(31_000);
    first.on(bytes(GIB));
    expect(lines()).toHaveLength(before + 1);
  });

  test('among many images a warning of one kind comes three times', () => {
    const { board, lines } = show('line', 100);
    for (let at = 0; at < 100; at += 1) {
      board.start(`image-${at}`).on({ type: 'warning', warning: { code: 'verify.size-only', message: 'no digest' } });
    }
    expect(lines()).toHaveLength(3);
    expect(lines().at(-1)).toMatch(/more of these/);
  });

  test('silent says nothing but what must be said', () => {
    const { board, lines } = show('silent', 2);
    begin(board, 'a').on(RETRY);
    board.on({ type: 'warning', warning: { code: 'x.y', message: 'z' } });
    board.say('imgdl: an error\n');
    expect(lines()).toEqual(['imgdl: an error']);
  });
});

test.each(HOSTILE)('%s in a name does not reach the terminal', (_, text) => {
  const written: string[] = [];
  const { board, pass } = show('bar', 2, { stream: { write: (frame) => written.push(frame) } });
  const item = begin(board, text);
  item.on(RETRY);
  board.start(text).on(RETRY);
  pass(1000);
  board.close();
  expect(unsafe(written.join('').replace(/\x1b\[0J/g, ''))).toEqual([]);
});

describe('the sum of all', () => {
  test('counts bytes, sizes and ends', () => {
    const fleet = createFleet(3, 0);
    const [a, b] = [fleet.start('a', 0), fleet.start('b', 0)];
    a.on(described('a', 1000), 0);
    b.on(described('b', 3000), 0);
    expect(fleet.total()).toMatchObject({ front: 0, size: undefined, name: '0 of 3 images' });
    const c = fleet.start('c', 0);
    c.on(described('c', 500), 0);
    a.on(bytes(400), 100);
    b.on({ type: 'planned', from: 1000, size: 3000, why: '' }, 100);
    b.on(bytes(1500, 500), 200);
    expect(fleet.total()).toMatchObject({ front: 1900, size: 4500, connections: 2 });
    a.end(1000);
    a.end(1000);
    b.end(null);
    expect(fleet.total()).toMatchObject({ front: 2500, size: 3000, name: '2 of 3 images, 1 failed' });
    expect([fleet.finished, fleet.failed, fleet.active.map(({ name }) => name)]).toEqual([2, 1, ['c']]);
  });

  test('takes the rest to be like those that are known, once these are enough', () => {
    const fleet = createFleet(100, 0);
    for (let at = 0; at < 7; at += 1) fleet.start(`${at}`, 0).on(described(`${at}`, 1000), 0);
    expect(fleet.total().size).toBeUndefined();
    fleet.start('7', 0).on(described('7', 1000), 0);
    expect(fleet.total().size).toBe(100_000);
  });
});
