/** The pure parts of the bench, with the types that its plain .mjs files do not carry. */

export interface Run {
  readonly wallMs: number;
  readonly cpuMs: number | null;
  readonly rssBytes: number | null;
  readonly firstByteMs?: number;
}

export type Median = Record<'wallMs' | 'wallMinMs' | 'wallMaxMs', number> &
  Record<'cpuMs' | 'rssBytes' | 'firstByteMs', number | null>;

export interface Row {
  readonly name: string;
  readonly tool: string;
  readonly verified: string;
  readonly state: 'measured' | 'failed' | 'not yet' | 'not installed';
  readonly why?: string;
  readonly median?: Median;
  readonly runs: readonly Run[];
}

export interface Result {
  readonly name: string;
  readonly title: string;
  readonly bytes: number;
  readonly files: number;
  readonly skipped?: string;
  readonly rows: readonly Row[];
}

export type Denominator =
  | { readonly row: string }
  | { readonly largest: readonly string[] }
  | { readonly value: number; readonly text: string };

export interface Target {
  readonly name: string;
  readonly scenario: string;
  readonly figure: 'wallMs' | 'cpuMs' | 'rssBytes' | 'firstByteMs';
  readonly numerator: string;
  readonly denominator: Denominator | ((bytes: number) => Denominator);
  readonly bar?: number;
  readonly aim?: number;
}

export interface Judged {
  readonly name: string;
  readonly denominator: string;
  readonly ratio: number | null;
  readonly verdict: 'met' | 'missed' | 'not yet' | 'not measured';
  readonly why: string;
}

export interface Contestant {
  readonly name: string;
  readonly tool: string;
  readonly verified: string;
  readonly needs?: string;
  command(context: Record<string, unknown>): readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly server: string;
  readonly contestants: readonly Contestant[];
}

interface Bench {
  'statistics.mjs': {
    median(values: readonly number[]): number | undefined;
    summarise(runs: readonly Run[]): Median | undefined;
    roundOrder(count: number, round: number): readonly number[];
  };
  'targets.mjs': {
    readonly TARGETS: readonly Target[];
    judge(targets: readonly Target[], results: readonly Result[]): readonly Judged[];
  };
  'report.mjs': {
    table(header: readonly string[], rows: readonly (readonly string[])[], left?: readonly number[]): string;
    scenarioText(result: Result): string;
    targetsText(judged: readonly Judged[]): string;
    pageText(document: Readonly<Record<string, unknown>>, judged: readonly Judged[]): string;
    fillPage(page: string, text: string): string;
  };
  'plot.mjs': { plot(document: Readonly<Record<string, unknown>>): string };
  'units.mjs': {
    parseSize(text: string): number | undefined;
    size(bytes: number): string;
    seconds(ms: number): string;
  };
  'tools.mjs': { featuresIn(help: string): ReadonlySet<string> };
  'scenarios.mjs': {
    readonly SCENARIOS: readonly Scenario[];
    bytesOf(scenario: Scenario, size: number): number;
  };
  'servers.mjs': { readonly SERVERS: Readonly<Record<string, unknown>> };
  'arguments.mjs': {
    readArguments(argv: readonly string[], known: readonly string[]): Readonly<Record<string, unknown>>;
  };
  'scratch.mjs': { openScratch(place: string, needed: number, anyDisk: boolean): { directory: string; clear(): void } };
}

export async function bench<Name extends keyof Bench>(name: Name): Promise<Bench[Name]> {
  return (await import(new URL(`../../bench/${name}`, import.meta.url).href)) as Bench[Name];
}

/** A row that took so long, with the other figures in proportion. */
export function measured(name: string, wallMs: number, more: Partial<Row> = {}): Row {
  const median = { wallMs, wallMinMs: wallMs, wallMaxMs: wallMs, cpuMs: wallMs, rssBytes: wallMs, firstByteMs: wallMs };
  return { name, tool: name, verified: 'md5', state: 'measured', median, runs: [], ...more };
}

export function result(rows: readonly Row[], more: Partial<Result> = {}): Result {
  return { name: 'plain', title: 'a server', bytes: 2 ** 30, files: 1, rows, ...more };
}
