/** What writes the generated pages, with the types that its plain .mjs files do not carry. */
import type { Runnable } from '#imgdl/cli/program.js';
import type { Overview } from '#imgdl/cli/root-help.js';
import type { ErrorKind } from '#imgdl/core/error-kind.js';
import type { OptionSpec } from '#imgdl/core/option.js';
import type { CommandSpec, Provider, ProviderManual } from '#imgdl/core/provider.js';

export interface Facts {
  readonly version: string;
  /** What the providers' commands say, in the order of the help. */
  readonly commands: readonly CommandSpec[];
  readonly groups: readonly { readonly name: string; readonly options: readonly OptionSpec<unknown>[] }[];
  readonly errors: readonly ErrorKind[];
  readonly manuals: readonly ProviderManual[];
  readonly local: { readonly commands: readonly CommandSpec[]; readonly options: readonly OptionSpec<unknown>[] };
  readonly sandbox: { readonly command: CommandSpec; readonly options: readonly OptionSpec<unknown>[] };
}

interface Docs {
  'facts.mjs': { docsFacts(version: string, providers?: readonly Provider[]): Facts };
  'help.mjs': {
    helpPages(runnables: readonly Runnable[], version: string, overview: Overview): ReadonlyMap<string, string>;
  };
  'man-page.mjs': { manPage(facts: Facts): string };
  'pages.mjs': {
    errorsPage(kinds: readonly ErrorKind[]): string;
    exitTable(): string;
    optionTable(facts: Facts): string;
    replaceBetween(page: string, name: string, text: string): string;
  };
}

export async function docs<Name extends keyof Docs>(name: Name): Promise<Docs[Name]> {
  return (await import(new URL(`../scripts/docs/${name}`, import.meta.url).href)) as Docs[Name];
}
