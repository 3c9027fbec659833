import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MAX_FUNCTION_LINES, MAX_LINES, offences, type SourceFile } from './architecture.js';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

function sourceFiles(): readonly SourceFile[] {
  return readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(SRC, path), source: readFileSync(path, 'utf8') }));
}

/** With the lines of the braces it is one line too many. */
const LONG_BODY = 'x;\n'.repeat(MAX_FUNCTION_LINES - 1);

describe('the source tree', () => {
  it('keeps the law of imports and the house rules', () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(40);
    expect(offences(files)).toEqual([]);
  });
});

describe('the law notices', () => {
  const planted: readonly (readonly [sentence: string, path: string, source: string])[] = [
    ['core importing the engine', 'core/plan.ts', "import { x } from '../engine/x.js';"],
    ['core importing a package', 'core/plan.ts', "import * as v from 'valibot';"],
    ['core importing node:fs', 'core/plan.ts', "import { open } from 'node:fs/promises';"],
    ['http importing fs', 'http/transport.ts', "import { x } from '../fs/part.js';"],
    ['fs importing undici', 'fs/part.ts', "import { request } from 'undici';"],
    ['ui importing config', 'ui/x.ts', "import type { x } from '../config/find.js';"],
    ['config importing http', 'config/find.ts', "export { x } from '../http/transport.js';"],
    ['the engine importing http', 'engine/download.ts', "import '../http/transport.js';"],
    ['the engine importing fs', 'engine/download.ts', "await import('../fs/part.js');"],
    ['the engine importing a provider', 'engine/download.ts', "import { x } from '../providers/uforge/xml.js';"],
    ['a provider importing http', 'providers/url/source.ts', "import { x } from '../../http/transport.js';"],
    ['a provider importing another', 'providers/url/source.ts', "import { x } from '../uforge/xml.js';"],
    ['a shared file importing a provider', 'providers/shared.ts', "import { x } from './uforge/xml.js';"],
    ['the sandbox importing core', 'sandbox/server.ts', "import { x } from '../core/errors.js';"],
    ['the sandbox importing a package', 'sandbox/server.ts', "import { x } from 'undici';"],
    ['anybody importing cli', 'ui/x.ts', "import { x } from '../cli/main.js';"],
    ['cli importing the engine', 'cli/x.ts', "import { x } from '../engine/x.js';"],
    ['cli importing http', 'cli/x.ts', "import { x } from '../http/transport.js';"],
    ['cli importing fs', 'cli/x.ts', "import { x } from '../fs/part.js';"],
    ['cli importing the providers', 'cli/x.ts', "import { x } from '../providers/index.js';"],
    ['app importing cli', 'app/run.ts', "import type { x } from '../cli/process.js';"],
    ['app importing ui', 'app/run.ts', "import { x } from '../ui/text/errors.js';"],
    ['app importing a package', 'app/run.ts', "import { x } from 'undici';"],
    ['the library importing the engine', 'index.ts', "export { x } from './engine/x.js';"],
    ['the library importing cli', 'index.ts', "export { x } from './cli/x.js';"],
    ['the environment in app', 'app/run.ts', 'const home = process.env.HOME;'],
    ['the environment by brackets in app', 'app/run.ts', "process['env']"],
    ['the current directory in app', 'app/run.ts', 'process.cwd()'],
    ['an exit in app', 'app/run.ts', 'process.exit(1)'],
    ['stdout in app', 'app/run.ts', "process.stdout.write('x')"],
    ['console in app', 'app/run.ts', "console.error('x')"],
    ['a clock in cli', 'cli/x.ts', 'performance.now()'],
    ['randomness in cli', 'cli/x.ts', 'Math.random()'],
    ['anybody importing the library', 'engine/x.ts', "import { x } from '../index.js';"],
    ['a subpath import', 'cli/main.ts', "import { x } from '#imgdl/core/errors.js';"],
    ['a path out of src', 'fs/part.ts', "import { x } from '../../test/x.js';"],
    ['require', 'fs/part.ts', "const x = require('undici');"],
    ['an import over lines', 'fs/part.ts', "import {\n  a,\n  b,\n} from '../http/x.js';"],
    ['a folder nobody decided on', 'stuff/x.ts', ''],
    ['process.env', 'engine/x.ts', 'const home = process.env.HOME;'],
    ['process by brackets', 'engine/x.ts', "process['env']"],
    ['process by import', 'engine/x.ts', "import { env } from 'node:process';"],
    ['globalThis.process', 'engine/x.ts', 'globalThis.process.exit(1)'],
    ['process in the library', 'index.ts', 'process.exit(1)'],
    ['process.argv in the sandbox', 'sandbox/x.ts', 'process.argv'],
    ['console', 'providers/url/x.ts', "console.log('x')"],
    ['console in the sandbox', 'sandbox/x.ts', 'console.error(1)'],
    ['Date.now', 'engine/x.ts', 'const t = Date.now();'],
    ['Date.now handed on', 'engine/x.ts', 'const clock = { now: Date.now };'],
    ['new Date()', 'engine/x.ts', 'new Date().toISOString()'],
    ['performance.now', 'http/x.ts', 'performance.now()'],
    ['Math.random', 'core/retry.ts', 'Math.random() * 2'],
    ['Math.random in the sandbox', 'sandbox/x.ts', 'Math.random()'],
    ['a long file', 'cli/x.ts', 'x;\n'.repeat(MAX_LINES + 1)],
    ['a long function', 'core/x.ts', `function long() {\n${LONG_BODY}}`],
    ['a long arrow function', 'core/x.ts', `const long = async (x: number): Promise<void> => {\n${LONG_BODY}};`],
    ['a long method', 'core/x.ts', `class X {\n  #long(): void {\n${LONG_BODY}  }\n}`],
    ['a long getter', 'core/x.ts', `const x = {\n  get long() {\n${LONG_BODY}  },\n};`],
    [
      'a long function of short ones',
      'core/x.ts',
      `function long() {\n${'  const f = () => {\n    x;\n  };\n'.repeat(MAX_FUNCTION_LINES / 3)}}`,
    ],
    ['utils', 'core/utils.ts', ''],
    ['an abort that may be over', 'cli/x.ts', "signal.addEventListener('abort', stop, { once: true });"],
    ['a default export', 'ui/x.ts', 'export default 1;'],
    ['a check switched off', 'ui/x.ts', '// @ts-ignore\nx;'],
    ['a service in core', 'core/x.ts', "const hint = 'ask the AppCenter';"],
    ['a service in a name', 'cli/x.ts', 'const isGlance = 1;'],
    ['a service of another provider', 'providers/url/x.ts', "const doc = 'an image of Glance';"],
    ['a service of a sibling', 'providers/uforge/x.ts', 'const keystone = 1;'],
    ['a service in the registry', 'providers/index.ts', 'const BY_WORD = { uforge };'],
    ['a file that imports itself', 'core/x.ts', "import { x } from './x.js';"],
  ];
  it.each(planted)('%s', (_, path, source) => {
    expect(offences([{ path, source }])).toHaveLength(1);
  });

  const file = (path: string, ...to: readonly string[]): SourceFile => ({
    path,
    source: to.map((name) => `import type { x } from '${name}';\n`).join(''),
  });
  const circles: readonly (readonly [sentence: string, files: readonly SourceFile[], found: string])[] = [
    [
      'two files, by types alone',
      [file('core/a.ts', './b.js'), file('core/b.ts', './a.js')],
      'core/a.ts ↔ core/b.ts: these files import each other',
    ],
    [
      'three files, and one that only looks on',
      [
        file('fs/d.ts', './a.js'),
        file('fs/a.ts', './b.js'),
        file('fs/b.ts', './c.js', '../core/x.js'),
        file('fs/c.ts', './a.js'),
      ],
      'fs/a.ts ↔ fs/b.ts ↔ fs/c.ts: these files import each other',
    ],
    [
      'a known circle that has grown',
      [
        file('ui/progress/bars.ts', './reporter.js'),
        file('ui/progress/lines.ts', './reporter.js'),
        file('ui/progress/reporter.ts', './bars.js', './lines.js', '../x.js'),
        file('ui/x.ts', './progress/reporter.js'),
      ],
      'ui/progress/bars.ts ↔ ui/progress/lines.ts ↔ ui/progress/reporter.ts ↔ ui/x.ts: these files import each other',
    ],
  ];
  it.each(circles)('a circle of %s', (_, files, found) => {
    expect(offences(files)).toEqual([found]);
  });

  it('no circle in two ways to one file', () => {
    const files = [
      file('fs/a.ts', './b.js', './c.js'),
      file('fs/b.ts', './d.js'),
      file('fs/c.ts', './d.js'),
      file('fs/d.ts'),
    ];
    expect(offences(files)).toEqual([]);
  });

  const fine: readonly (readonly [sentence: string, path: string, source: string])[] = [
    ['core, its own and node', 'engine/x.ts', "import { a } from '../core/a.js';\nimport { b } from './b.js';"],
    [
      'a provider and its packages',
      'providers/openstack/x.ts',
      "import * as v from 'valibot';\nimport './keystone/y.js';",
    ],
    ['the registry and the providers', 'providers/index.ts', "import { x } from './uforge/x.js';"],
    ['the registry next to a provider file', 'providers/uforge/x.ts', "import { x } from '../common.js';"],
    ['cli and the process', 'cli/x.ts', "import { x } from '../app/x.js';\nprocess.argv; console.log(1);"],
    ['app and what it composes', 'app/x.ts', "import { x } from '../engine/x.js';\nimport { y } from '../fs/y.js';"],
    ['app and the owner of a lock', 'app/x.ts', 'process.pid; process.umask(); Date.now(); Math.random();'],
    ['the library and app', 'index.ts', "export { x } from './app/x.js';\nexport { y } from './sandbox/y.js';"],
    ['the sandbox and its clock', 'sandbox/x.ts', 'Date.now(); new Date();'],
    ['a word in a comment', 'engine/x.ts', '// process.env and console.log are for cli\n/* Math.random */'],
    ['a method of that name', 'engine/x.ts', 'this.process.start(); job.console.log();'],
    ['a given time', 'ui/x.ts', 'new Date(wall).toISOString()'],
    ['a service in a comment', 'engine/x.ts', '// uWSGI in front of Glance'],
    ['a service in its folder', 'providers/openstack/x.ts', "const doc = 'an image of Glance';"],
    ['a service in the sandbox', 'sandbox/x.ts', 'const glance = 1;'],
    ['a registration', 'providers/index.ts', "import { provider as glance } from './openstack/index.js';"],
    ['the list of providers', 'providers/index.ts', 'export const PROVIDERS: readonly Provider[] = [uforge, glance];'],
    [
      'a function of as many lines as allowed',
      'core/x.ts',
      `function x() {\n${'x;\n'.repeat(MAX_FUNCTION_LINES - 2)}}`,
    ],
    [
      'a long class of short methods',
      'core/x.ts',
      `class X {\n${Array.from({ length: 50 }, (_, at) => `  m${at}() {\n    x;\n  }\n`).join('')}}`,
    ],
    ['as many lines as allowed', 'cli/x.ts', 'x;\n'.repeat(MAX_LINES)],
  ];
  it.each(fine)('no offence in %s', (_, path, source) => {
    expect(offences([{ path, source }])).toEqual([]);
  });
});
