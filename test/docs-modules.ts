/** What writes the generated pages, with the types that its plain .mjs files do not carry. */
import type { Runnable } from '#imgdl/cli/program.js';
import type { OptionSpec } from '#imgdl/core/option.js';
import type { CommandSpec } from '#imgdl/core/provider.js';

export interface Facts {
  readonly version: string;
  /** Commands that download, in the order of the help. */
  readonly downloads: readonly CommandSpec[];
  readonly groups: readonly { readonly name: string; readonly options: readonly OptionSpec<unknown>[] }[];
  readonly sandbox: { readonly command: CommandSpec; readonly options: readonly OptionSpec<unknown>[] };
}

interface Docs {
  'facts.mjs': { docsFacts(version: string): Facts };
  'help.mjs': { helpPages(runnables: readonly Runnable[], version: string): ReadonlyMap<string, string> };
  'man-page.mjs': { manPage(facts: Facts): string };
  'pages.mjs': {
    errorsPage(): string;
    exitTable(): string;
    optionTable(facts: Facts): string;
    replaceBetween(page: string, name: string, text: string): string;
  };
}

export async function docs<Name extends keyof Docs>(name: Name): Promise<Docs[Name]> {
  return (await import(new URL(`../scripts/docs/${name}`, import.meta.url).href)) as Docs[Name];
}
