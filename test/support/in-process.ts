import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Provider } from '#imgdl/core/provider.js';

/** The parts of the command line that this file puts together as bin/imgdl.js does. */
interface Product {
  readonly run: typeof import('#imgdl/cli/main.js').run;
  readonly ownerFacts: typeof import('#imgdl/app/host.js').ownerFacts;
  readonly rememberVariables: typeof import('#imgdl/app/secret-variables.js').rememberVariables;
  readonly maskKnown: typeof import('#imgdl/core/vault.js').maskKnown;
}

let loaded: Product | undefined;

/** By Node itself: Vitest would rewrite every module of dist/, which takes ten times as long. */
function product(): Product {
  const require = createRequire(import.meta.url);
  loaded ??= {
    ...require('../../dist/cli/main.js'),
    ...require('../../dist/app/host.js'),
    ...require('../../dist/app/secret-variables.js'),
    ...require('../../dist/core/vault.js'),
  } as Product;
  return loaded;
}

/** Through Vitest: providers of a test must meet the classes that the test itself imports. */
async function productForTests(): Promise<Product> {
  const [main, host, variables, vault] = await Promise.all([
    import('#imgdl/cli/main.js'),
    import('#imgdl/app/host.js'),
    import('#imgdl/app/secret-variables.js'),
    import('#imgdl/core/vault.js'),
  ]);
  return { ...main, ...host, ...variables, ...vault };
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The built-in ones unless told. */
  readonly providers?: readonly Provider[];
}

/**
 * The whole command line in this process: a tenth of what a process of its own costs, and several at once. Signals,
 * descriptors and what Node itself does to a process need the real one (imgdl.ts).
 */
export async function runHere(args: readonly string[], surroundings: Surroundings): Promise<Said> {
  const { cwd, home, stdin = '', providers } = surroundings;
  const { run, ownerFacts, rememberVariables, maskKnown } =
    providers === undefined ? product() : await productForTests();
  const errors: string[] = [];
  const aside = mkdtempSync(join(tmpdir(), 'imgdl-out-'));
  const stdout = openSync(join(aside, 'stdout'), 'w+');
  const env = new Map(Object.entries(surroundings.env ?? {}).filter(([, value]) => value !== ''));
  rememberVariables(env);
  try {
    const code = await run(
      {
        args,
        env,
        cwd,
        home,
        trustsMachine: true,
        stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
        stderr: {
          isTTY: false,
          columns: undefined,
          rows: undefined,
          write: (text, done) => {
            errors.push(maskKnown(text, 'ours'));
            done?.();
          },
          on: () => {},
        },
        stdout,
        stdoutIsTTY: false,
        stream: { isTTY: false, write: async (bytes) => void writeSync(stdout, bytes) },
        owner: ownerFacts(),
        version: '1.2.3',
        platform: 'test',
        earlySignals: [],
      },
      providers,
    );
    return { code, stdout: readFileSync(join(aside, 'stdout'), 'utf8'), stderr: errors.join('') };
  } finally {
    closeSync(stdout);
    rmSync(aside, { recursive: true, force: true });
  }
}
