import type { Sandbox } from '#imgdl/sandbox/sandbox.js';
import { ALICE, type Asked, type Got, get } from '../client.js';

/** One request to the UForge of a sandbox, as alice. */
export function askUforge(sandbox: Sandbox, path: string, asked: Asked = {}): Promise<Got> {
  return get(`${sandbox.urls.uforge}/${path}`, { ...asked, headers: { ...ALICE, ...asked.headers } });
}

/** The text of the first element of this name. */
export function field(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.replaceAll('&amp;', '&');
}

/** What stands in every element of this name that has no elements in it. */
export function fields(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map((match) => match[1] ?? '');
}

/** The entries of a list, each as its XML. */
export function entries(xml: string, item: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${item}(?: [^>]*)?>.*?</${item}>`, 'gs'))].map(([whole]) => whole);
}
