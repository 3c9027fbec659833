import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SandboxModes } from '#imgdl/sandbox/modes.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { expectSection, type Row, table } from './page.js';
import { type Item, Typist } from './typed.js';

let sandbox: Sandbox;
let typist: Typist;

beforeAll(async () => {
  // No generation ends while this runs.
  sandbox = await startSandbox({ size: 100_000, smallSize: 50_000, generationMs: 3_600_000, exportMs: 0 });
});
beforeEach(() => {
  typist = new Typist(sandbox.environment);
});
afterAll(() => sandbox.close());

/** With the server behaving so. */
async function served(modes: Partial<SandboxModes>, row: () => Promise<Row>): Promise<Row> {
  const before = { ...sandbox.control.modes };
  Object.assign(sandbox.control.modes, modes);
  try {
    return await row();
  } finally {
    Object.assign(sandbox.control.modes, before);
  }
}

const LISTS: readonly (readonly [what: string, typed: string, modes?: Partial<SandboxModes>])[] = [
  ['everything of all appliances', 'appliance list'],
  ['one appliance, by its id', 'appliance list 747'],
  ['one appliance, by name and version', 'appliance list web-server@1.2'],
  ['what can be downloaded now', 'appliance list --ready'],
  ['of one format, by its primitive name', 'appliance list --format vmware'],
  ['of one format, by its display name', "appliance list --format 'VMware Workstation'"],
  ['of names that match', "appliance list --name 'web-*'"],
  ['the newest three', 'appliance list --limit 3'],
  ['all container templates', 'container list'],
  ['of one bundle and template', 'container list 718 130'],
  ['all scans', 'scan list'],
  ['of one instance and scan', 'scan list 12 34'],
  ['the lists of all images are forbidden (403)', 'appliance list', { wideLists: 403 }],
  ['the lists of all images are missing (404)', 'appliance list', { wideLists: 404 }],
  ['the same for scans', 'scan list', { wideLists: 404 }],
  ['the server sends ten entries at most at a time', 'appliance list', { pageCap: 10, wideLists: 404 }],
  ['the server answers with JSON', 'appliance list', { json: true }],
  ['the same, a list of one entry is the entry', 'scan list 13', { json: true, jsonSingle: 'object' }],
  ['pages that repeat are an error, not a loop', 'appliance list', { pageCap: 10, paging: 'repeats', wideLists: 404 }],
];

const NAMES: readonly (readonly [what: string, typed: string])[] = [
  ['ids, as in the list', 'appliance image 747 1095'],
  ['the id of the image alone', 'appliance image 1095'],
  ['the id of a published image alone', 'appliance pimage 88'],
  ['the id of a scan image alone', 'scan image 56'],
  ['the id of a container image alone', 'container image 590'],
  ['name and version of the appliance', 'appliance image web-server@1.2 latest'],
  ['its revision, too', 'appliance image web-server@1.0:2 latest'],
  ['a name that contains @', 'appliance image mail@home latest'],
  ['a name that fits several', 'appliance image web-server latest'],
  ['the newest of them', 'appliance image web-server latest --newest'],
  ['the newest of a format', 'appliance image web-server@1.2 latest --format qcow2'],
  ['of a revision of the image', 'appliance image web-server@1.2 latest --revision 1'],
  ['the newest published image', 'appliance pimage web-server@1.2 latest'],
  ['digits that are meant as a name', 'appliance image name:747 latest'],
  ['an id that is meant as one', 'appliance image id:747 id:1095'],
  ['instance and scan by name', 'scan image database nightly latest'],
  ['bundle by name', 'container image nginx 130 latest'],
  ['a name that nobody has', 'appliance image web-serve latest'],
  ['an id that nobody has', 'appliance image 747 999999'],
  ['several images', 'appliance image 747 1095 1096'],
  ['the URL of an image', 'url $IMGDL_URL/users/alice/appliances/747/images/1095'],
];

describe('UForge, as the page says it', () => {
  it('lists', async () => {
    const rows: Row[] = [];
    for (const [what, typed, modes = {}] of LISTS) rows.push(await served(modes, () => typist.list(what, typed)));
    expectSection('uforge-lists', table(rows));
  });

  it('names', async () => {
    const rows: Row[] = [];
    for (const [what, typed] of NAMES) {
      const row = await typist.download(what, typed.replace('$IMGDL_URL', sandbox.urls.uforge));
      rows.push({ ...row, typed: `imgdl ${typed}` });
    }
    expectSection('uforge-names', table(rows));
  });

  it('states: every image of every list, and each one that is ready comes', async () => {
    const rows: Row[] = [];
    for (const command of ['appliance', 'container', 'scan']) {
      const { document } = await typist.json([command, 'list']);
      for (const item of document.items ?? []) rows.push(await downloaded(item));
    }
    expect(rows.length).toBeGreaterThan(40);
    expectSection('uforge-states', table(rows));
  });
});

/** The sandbox has images with wrong digests or sizes on purpose. */
const FAULTY = new Map([
  ['1108', 9],
  ['1110', 8],
]);

async function downloaded({ command, args, name, ready, reason }: Item): Promise<Row> {
  const row = await typist.download(`${name}, ${ready ? 'ready' : reason}`, [command, ...args].join(' '));
  const expected = ready ? (FAULTY.get(args.at(-1) ?? '') ?? 0) : 5;
  expect([row.typed, row.exit]).toEqual([row.typed, expected]);
  return row;
}
