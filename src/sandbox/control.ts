import type { Contents } from './contents.js';
import type { StoredObject } from './files/objects.js';
import type { ModeTable, SandboxModes } from './modes.js';
import type { Token } from './openstack/keystone-tokens.js';
import type { LoggedRequest } from './server/exchange.js';
import type { ScriptStep, ServerState } from './server/http-server.js';
import type { Stage } from './stages.js';
import type { Export } from './uforge/exports.js';

/** For tests: look, and change what happens next. */
export interface SandboxControl {
  /** Modes of every path; write to them at any time. */
  readonly modes: SandboxModes;
  /** Modes of the paths with this prefix; the longest prefix wins. */
  override(prefix: string, modes: Partial<SandboxModes>): void;
  clearOverrides(): void;
  /** All requests, oldest first; cleared by setting its length to 0. */
  readonly requests: LoggedRequest[];
  /** One step per request of a path with this prefix, then back to normal. */
  script(prefix: string, steps: readonly ScriptStep[]): void;
  /** Names of {@link StoredObject}. */
  readonly objects: readonly string[];
  /** @throws Error when there is none of that name. */
  object(name: string): StoredObject;
  /** Other bytes under the same name, with all that depends on them: digests, validators, dates, sizes. */
  replace(name: string, size?: number): StoredObject;
  /**
   * The stages of what takes time, by the name of its object: each look at an image or an export takes the next one,
   * the last stays. A number is a percentage (UForge); Glance has its statuses. `exports/5001` is the first export,
   * before it is made too.
   */
  stages(name: string, stages: readonly Stage[]): void;
  /** All exports that were asked for, oldest first, deleted ones included. */
  readonly exports: readonly Export[];
  /** One-time keys. */
  readonly keys: { readonly issued: number; readonly spent: number; readonly refused: number };
  /** A fresh key for an object, such as `images/1095`, beside the one its metadata show. */
  issueKey(name: string): string;
  /** Tokens of Keystone, oldest first, revoked ones included. */
  readonly tokens: readonly Token[];
  revokeTokens(): void;
  /** Mistakes of the sandbox itself; a test should find none. */
  readonly failures: readonly Error[];
}

export function controlOf(contents: Contents, modes: ModeTable, state: ServerState): SandboxControl {
  const { store, stages, exports, keys, tokens } = contents;
  return {
    modes: modes.all,
    override: modes.override,
    clearOverrides: modes.clearOverrides,
    requests: state.requests,
    script: (prefix, steps) => void state.scripts.push({ prefix, steps: [...steps] }),
    get objects() {
      return store.names();
    },
    object: (name) => store.get(name),
    replace: (name, size) => store.replace(name, size),
    stages: (name, all) => stages.set(name, all),
    exports: exports.all,
    keys: keys.counts,
    issueKey: keys.issue,
    tokens: tokens.issued,
    revokeTokens: tokens.revokeAll,
    failures: state.failures,
  };
}
