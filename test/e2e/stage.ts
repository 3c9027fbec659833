import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { CANARIES } from '#imgdl/sandbox/uforge/objects.js';
import { type RunOptions, type RunResult, run, type Surroundings } from '../support/imgdl.js';
import { runCheaply } from '../support/in-process.js';
import { documentOf } from './document.js';

/** The program, a server for it, a directory to run in, and a home, all of their own and gone after the test. */
export interface Stage {
  readonly sandbox: Sandbox;
  /** Where imgdl runs. */
  readonly directory: string;
  readonly home: string;
  /** Everything a shell has after `eval $(imgdl sandbox)`, and the home. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Runs the command line with that, in this process (see in-process.ts), and holds that no secret is in what it says or
   * leaves behind, and every document is valid.
   */
  imgdl(args: readonly string[], options?: Surroundings): Promise<RunResult>;
  /** The same by a process of its own. */
  program(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  path(name: string): string;
  /** Of a file in the directory, or of some bytes. */
  sha256(file: string | Buffer): string;
  /** Of an object of the sandbox as it is now. */
  expected(name: string): string;
}

/** No login, no password: what is left are one-time ids and public URLs. */
export const NOBODY = { IMGDL_USER: '', IMGDL_PASSWORD: '' } as const;
/** The variables of the sandbox that would be options. */
export const NOWHERE = { ...NOBODY, IMGDL_URL: '' } as const;

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Done after the test, the latest first. */
export function afterwards(cleanup: () => void | Promise<void>): void {
  cleanups.push(cleanup);
}

export const SIZE = 200_000;

/** Images are small unless told: what is tried here is the program, not the disk. */
export async function stage(
  options: SandboxOptions = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const root = mkdtempSync(join(tmpdir(), 'imgdl-e2e-'));
  afterwards(() => rmSync(root, { recursive: true, force: true }));
  const sandbox = await startSandbox({ size: SIZE, smallSize: 70_001, ...options });
  afterwards(() => sandbox.close());
  const directory = join(root, 'work');
  const home = join(root, 'home');
  for (const path of [directory, home]) mkdirSync(path);
  for (const [name, text] of Object.entries(files)) plant(join(directory, name), text);
  const env = { ...sandbox.environment, HOME: home };
  const told = async (
    how: typeof run | typeof runCheaply,
    args: readonly string[],
    more: RunOptions,
  ): Promise<RunResult> => {
    const all = { ...env, ...more.env };
    const result = await how(args, { cwd: directory, ...more, env: all });
    expect(result.timedOut).toBe(false);
    expect(sandbox.control.failures).toEqual([]);
    // With `-o -` the document is the last line of stderr.
    if (args.includes('--json') && !args.includes('-')) documentOf(result.stdout.toString());
    expectNoSecret(secretsOf(sandbox, all), result, root);
    return result;
  };
  return {
    sandbox,
    directory,
    home,
    env,
    imgdl: (args, more = {}) => told(runCheaply, args, more),
    program: (args, more = {}) => told(run, args, more),
    path: (name) => join(directory, name),
    sha256: (file) => sha256(typeof file === 'string' ? readFileSync(join(directory, file)) : file),
    expected: (name) => sandbox.control.object(name).digest('sha256'),
  };
}

export function plant(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What is where: type, mode, inode, time of modification and content of everything below, hidden files too. */
export function tree(root: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(root, { recursive: true }).map(String).sort()) {
    const path = join(root, name);
    const facts = lstatSync(path);
    const about = `${facts.mode.toString(8)} ${facts.ino}`;
    if (facts.isDirectory()) found[name] = `directory ${about}`;
    else if (facts.isSymbolicLink()) found[name] = `link ${about} ${readlinkSync(path)}`;
    else if (facts.isFile()) found[name] = `file ${about} ${facts.mtimeMs} ${sha256(readFileSync(path))}`;
    else found[name] = `other ${about}`;
  }
  return found;
}

/** Names of everything there, hidden files too. */
export function names(root: string): readonly string[] {
  return readdirSync(root).sort();
}

const SECRET_VARIABLES = ['IMGDL_PASSWORD', 'IMGDL_SECRET_KEY', 'IMGDL_DOWNLOAD_ID', 'OS_PASSWORD', 'OS_TOKEN'];
const SECRET_PARAMETERS = ['downloadId', 'id', 'signature'];

function secretsOf(sandbox: Sandbox, env: Readonly<Record<string, string>>): readonly string[] {
  const { requests, tokens } = sandbox.control;
  const sent = requests.flatMap(({ target, headers }) => {
    const query = new URLSearchParams(target.split('?')[1]);
    const authorization = headers['authorization']?.split(' ')[1];
    return [...SECRET_PARAMETERS.map((name) => query.get(name)), authorization, headers['x-auth-token']];
  });
  const given = [...SECRET_VARIABLES, 'SANDBOX_SECRET_KEY', 'SANDBOX_APPLICATION_CREDENTIAL_SECRET'].map(
    (name) => env[name],
  );
  const all = [...sent, ...given, ...tokens.map(({ id }) => id), ...Object.values(CANARIES), 'wonderland', 'canary'];
  return [...new Set(all.filter((secret) => typeof secret === 'string' && secret.length > 4))] as string[];
}

/** Neither in what was said, nor in what imgdl left: files that a test planted have modes or names that say so. */
function expectNoSecret(secrets: readonly string[], { stdout, stderr }: RunResult, root: string): void {
  const said = stdout.length < 100_000 ? stdout.toString() + stderr : stderr;
  const left = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:part|journal|lock|imgdl\.json)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
  for (const secret of secrets) {
    expect(said.includes(secret), `a secret is in what was said: ${secret}`).toBe(false);
    expect(left.includes(secret), `a secret is in a file: ${secret}`).toBe(false);
  }
}

/** An error as a person sees it. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The last error of stderr; every line of it is one of ours. */
export function complaint(stderr: string): Complaint {
  const found = /^imgdl: ([a-z0-9.-]+): (.*)\nhint: (.*)$/m.exec(stderr);
  return { code: found?.[1] ?? `none in ${JSON.stringify(stderr)}`, message: found?.[2] ?? '', hint: found?.[3] ?? '' };
}
