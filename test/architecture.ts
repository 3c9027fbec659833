/** The law of the source tree, as a function of its files: no file is read here. */
import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

export interface SourceFile {
  /** Relative to src/, with slashes: `core/types.ts`. */
  readonly path: string;
  readonly source: string;
}

export const MAX_LINES = 300;
/** Of one function, those within it included: what fits on a screen. */
export const MAX_FUNCTION_LINES = 60;

/** Tables and declarations: read by looking up, not from top to bottom. */
const LONG: readonly string[] = ['core/error-codes.ts'];

/** Our own folders that a folder may import beside itself. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  http: ['core'],
  fs: ['core'],
  ui: ['core'],
  config: ['core'],
  inspect: ['core'],
  providers: ['core'],
  engine: ['core'],
  app: ['core', 'config', 'engine', 'fs', 'http', 'inspect', 'providers'],
  cli: ['app', 'config', 'core', 'sandbox', 'ui'],
  sandbox: [],
};

/** What the library may import: it is a face of app/. */
const LIBRARY: readonly string[] = ['app', 'core', 'providers', 'sandbox'];

/** npm packages that a folder may import. Everything may import node:. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  core: [],
  http: ['undici'],
  fs: [],
  ui: ['chalk', 'cli-progress', 'pretty-bytes', 'string-width'],
  config: ['cosmiconfig', 'yaml'],
  inspect: [],
  providers: ['valibot', 'sax', 'yaml'],
  engine: [],
  app: [],
  cli: ['commander'],
  sandbox: [],
};

/** node: modules that core, being pure, may import: nothing that does I/O. */
const PURE_NODE: readonly string[] = ['crypto', 'util', 'path', 'buffer', 'url', 'string_decoder'];

/** Which file may use what of the system; no other may. */
const WORLD: readonly (readonly [name: string, pattern: RegExp, allowed: readonly string[]])[] = [
  ['process', /(?<![\w.$'/-])process\s*(?:\.|\[)/, ['cli', 'app']],
  ['process', /\b(?:globalThis|global)\s*\.\s*process\b/, ['cli']],
  ['process', /from\s+'(?:node:)?process'/, ['cli']],
  ['argv, env, cwd or exit', /(?<![\w.$'/-])process\s*\.\s*(?:argv|env|cwd|exit|std|chdir)/, ['cli']],
  ['argv, env, cwd or exit', /(?<![\w.$'/-])process\s*\[/, ['cli']],
  ['console', /(?<![\w.$'/-])console\s*(?:\.|\[)/, ['cli']],
  ['Date.now', /\bDate\s*\.\s*now\b/, ['app', 'sandbox']],
  ['new Date()', /\bnew\s+Date\s*\(\s*\)/, ['app', 'sandbox']],
  ['performance.now', /\bperformance\s*\.\s*now\b/, ['app', 'sandbox']],
  ['Math.random', /\bMath\s*\.\s*random\b/, ['app']],
];

/** Circles that are known and on their way out: files that import each other, sorted, joined by ` ↔ `. */
const KNOWN_CIRCLES: readonly string[] = [];

/** Names of the services that a provider's folder speaks of. */
const SERVICES: Readonly<Record<string, RegExp>> = {
  uforge: /uforge|app ?center|hammr/i,
  openstack: /openstack|glance|keystone/i,
};

/** The one line of the registry for each provider. */
const REGISTRATION = /^import \{ provider as \w+ \} from '\.\/\w+\/index\.js';$|^export const PROVIDERS: .*;$/gm;

/** Every offence, one sentence each; empty for a tree that keeps the law. */
export function offences(files: readonly SourceFile[]): readonly string[] {
  const single = files.flatMap(({ path, source }) => {
    const code = withoutComments(source);
    return [
      ...importOffences(path, code),
      ...worldOffences(path, code),
      ...shapeOffences(path, source, code),
      ...functionOffences(path, source),
      ...serviceOffences(path, code),
    ];
  });
  const circles = circlesOf(files).filter((circle) => !KNOWN_CIRCLES.includes(circle));
  return [...single, ...circles.map((circle) => `${circle}: these files import each other`)];
}

/** A provider is named in its own folder, in the sandbox, in the library's typed functions, and in its registration. */
function serviceOffences(path: string, code: string): string[] {
  if (path.startsWith('sandbox/') || path === 'index.ts') return [];
  // Whom a file may import is another law's business.
  const text = (path === 'providers/index.ts' ? code.replace(REGISTRATION, '') : code).replace(SPECIFIER, '');
  return Object.entries(SERVICES).flatMap(([folder, names]) => {
    const found = path.startsWith(`providers/${folder}/`) ? null : names.exec(text);
    return found === null ? [] : [`${path}: says ${found[0]}, which is for providers/${folder}/`];
  });
}

/**
 * Files that reach themselves by imports, those of types included: each group once. Tarjan's strongly connected
 * components, without recursion into files that are not there.
 */
function circlesOf(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map(
    files.map(({ path, source }): [string, readonly string[]] => [
      path,
      specifiersOf(withoutComments(source))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => posix.normalize(posix.join(posix.dirname(path), specifier)).replace(/\.js$/, '.ts')),
    ]),
  );
  const order = new Map<string, { at: number; low: number }>();
  const open: string[] = [];
  const circles: string[] = [];
  const visit = (path: string): { at: number; low: number } => {
    const mark = { at: order.size, low: order.size };
    order.set(path, mark);
    open.push(path);
    const targets = imports.get(path) ?? [];
    for (const target of targets) {
      if (!imports.has(target)) continue;
      const known = order.get(target);
      if (known === undefined) mark.low = Math.min(mark.low, visit(target).low);
      else if (open.includes(target)) mark.low = Math.min(mark.low, known.at);
    }
    if (mark.low === mark.at) {
      const group = open.splice(open.indexOf(path));
      if (group.length > 1 || targets.includes(path)) circles.push(group.sort().join(' ↔ '));
    }
    return mark;
  };
  for (const path of imports.keys()) if (!order.has(path)) visit(path);
  return circles;
}

function importOffences(path: string, code: string): string[] {
  const found: string[] = [];
  const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
  const library = path === 'index.ts';
  if (!library && FOLDERS[folder] === undefined) return [`${path}: the folder ${folder || 'src'} is not in the law`];
  for (const specifier of specifiersOf(code)) {
    if (specifier.startsWith('#')) found.push(`${path}: imports ${specifier}: inside src/ paths are relative`);
    if (specifier.startsWith('.')) found.push(...ownOffence(path, folder, specifier));
    else if (specifier.startsWith('node:')) {
      const name = specifier.slice('node:'.length);
      if (folder === 'core' && !PURE_NODE.includes(name)) found.push(`${path}: core is pure, ${specifier} is not`);
    } else if (!specifier.startsWith('#')) {
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      if (!PACKAGES[folder]?.includes(name)) found.push(`${path}: ${folder} may not import the package ${name}`);
    }
  }
  return found;
}

function ownOffence(path: string, folder: string, specifier: string): string[] {
  const to = posix.normalize(posix.join(posix.dirname(path), specifier));
  const toFolder = to.includes('/') ? to.slice(0, to.indexOf('/')) : '';
  if (to.startsWith('..')) return [`${path}: imports ${specifier}, which is outside src/`];
  if (toFolder !== folder) {
    const allowed = path === 'index.ts' ? LIBRARY : FOLDERS[folder];
    return allowed?.includes(toFolder) ? [] : [`${path}: ${folder || 'the library'} may not import ${toFolder || to}`];
  }
  const provider = providerOf(path);
  const other = providerOf(to);
  if (folder !== 'providers' || path === 'providers/index.ts' || other === undefined || other === provider) return [];
  return [`${path}: only providers/index.ts imports the provider ${other}`];
}

function providerOf(path: string): string | undefined {
  const [, name, file] = path.split('/');
  return file === undefined ? undefined : name;
}

/** Each thing once, however many of its forms are there. */
function worldOffences(path: string, code: string): string[] {
  const folder = path.slice(0, Math.max(0, path.indexOf('/')));
  const found = WORLD.filter(([, pattern, allowed]) => pattern.test(code) && !allowed.includes(folder));
  const names = found.map(([name]) => name);
  const most = names.includes('process') ? names.filter((name) => !name.startsWith('argv')) : names;
  return [...new Set(most)].map((name) => `${path}: may not use ${name}`);
}

function shapeOffences(path: string, source: string, code: string): string[] {
  const found: string[] = [];
  const lines = source.trimEnd().split('\n').length;
  if (lines > MAX_LINES && !LONG.includes(path)) found.push(`${path}: ${lines} lines, at most ${MAX_LINES}`);
  if (/(?:^|\/)(?:utils?|helpers?|misc|common)(?:\.ts$|\/)/.test(path)) found.push(`${path}: not named by what it is`);
  if (path !== 'core/abort.ts' && /\.addEventListener\s*\(\s*['"]abort['"]|\.onabort\b/.test(code)) {
    found.push(`${path}: listens for an abort that may have happened already; core/abort.ts looks first`);
  }
  if (/^export\s+default\b/m.test(code)) found.push(`${path}: default export`);
  if (/@ts-(?:ignore|nocheck|expect-error)|biome-ignore|eslint-disable/.test(source)) {
    found.push(`${path}: switches a check off`);
  }
  return found;
}

/** A function that is longer tells two stories, or is a class that nobody has named yet. */
function functionOffences(path: string, source: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown, name: string): void => {
    if (Array.isArray(node)) for (const each of node) visit(each, name);
    if (!isNode(node)) return;
    const here = nameOf(node.id) ?? nameOf(node.key) ?? name;
    const lines = source.slice(node.start, node.end).split('\n').length;
    if (FUNCTIONS.has(node.type) && lines > MAX_FUNCTION_LINES) {
      found.push(`${path}: ${here} has ${lines} lines, at most ${MAX_FUNCTION_LINES}`);
    }
    for (const child of Object.values(node)) visit(child, here);
  };
  visit(parseAst(source, { lang: 'ts' }, path).body, 'a function');
  return found;
}

/** A node of ESTree, as far as it matters here. */
interface Node {
  readonly type: string;
  /** Offsets of code units. */
  readonly start: number;
  readonly end: number;
  readonly id?: unknown;
  readonly key?: unknown;
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && 'name' in node && typeof node.name === 'string' ? node.name : undefined;
}

/** Static and dynamic imports, re-exports, import types; `require` of createRequire as well. */
const SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])([^'"\n]+)\1/g;

function specifiersOf(code: string): string[] {
  return [...code.matchAll(SPECIFIER)].map((match) => match[2] ?? '');
}

/** Comments may speak of anything. Strings stay, as a `//` may be part of one. */
function withoutComments(source: string): string {
  const tokens = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return source.replace(tokens, (token) => (token.startsWith('/') ? ' ' : token));
}
