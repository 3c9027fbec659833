import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SandboxModes } from '#imgdl/sandbox/modes.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { APPLIANCES } from '#imgdl/sandbox/uforge/library.js';
import { basic, get } from '../client.js';
import { askUforge, entries, field, fields } from './asking.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ size: 3000, smallSize: 2000 });
});
afterEach(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

const ask = async (path: string): Promise<string> => (await askUforge(sandbox, `users/alice/${path}`)).text;
const query = (text: string): string => `query=${encodeURIComponent(text)}`;

describe('every list', () => {
  test.each([
    ['images', 'images', 'image'],
    ['images/status', 'statuses', 'status'],
    ['pimages', 'publishImages', 'publishImage'],
    ['pimages/status', 'statuses', 'status'],
    ['appliances', 'appliances', 'appliance'],
    ['appliances/747/images', 'images', 'image'],
    ['appliances/747/images/statuses', 'statuses', 'status'],
    ['appliances/747/pimages', 'publishImages', 'publishImage'],
    ['appliances/747/pimages/statuses', 'statuses', 'status'],
    ['mysoftware', 'mySoftwareList', 'mySoftware'],
    ['mysoftware/718/templates', 'containerTemplates', 'containerTemplate'],
    ['scannedinstances', 'scannedInstances', 'scannedInstance'],
    ['scannedinstances/12/scans', 'scans', 'scan'],
    ['scans', 'scans', 'scan'],
    ['scannedinstances/12/scans/34/images', 'images', 'image'],
    ['targetformats', 'targetFormats', 'targetFormat'],
  ])('%s: a doubled wrapper %s with the total first, and at least one %s', async (path, outer, item) => {
    const text = await ask(path);
    expect(text).toMatch(new RegExp(`<ns0:${outer} [^>]+><total>\\d+</total><${outer}><${item}[ >]`));
    expect(text.endsWith(`</${outer}></ns0:${outer}>`)).toBe(true);
    const json = JSON.parse(
      (await askUforge(sandbox, `users/alice/${path}`, { headers: { accept: 'application/json' } })).text,
    );
    expect(json[outer].total).toBe(Number(field(text, 'total')));
    expect(json[outer][outer][item]).toHaveLength(json[outer].total);
  });

  test.each([
    ['appliances/999/images'],
    ['appliances/999/pimages'],
    ['mysoftware/999/templates'],
    ['scannedinstances/999/scans'],
    ['scannedinstances/13/scans/34/images'],
    ['mysoftware/718/templates/130/images'],
    ['mysoftware/718/exports'],
  ])('%s is a list of nothing that is there: no list', async (path) => {
    expect([404, 405]).toContain((await askUforge(sandbox, `users/alice/${path}`)).status);
  });

  test.each(['images', 'pimages', 'appliances', 'mysoftware', 'scannedinstances', 'scans', 'exports'])(
    '%s of a user who owns nothing are empty',
    async (path) => {
      const { status, text } = await get(`${sandbox.urls.uforge}/users/bob/${path}`, {
        headers: basic('bob', 'builder'),
      });
      expect([status, field(text, 'total')]).toEqual([200, '0']);
    },
  );
});

describe('names', () => {
  test('of appliances: one in several versions, two of one version that differ in the revision', async () => {
    const found = entries(await ask(`appliances?${query("name=='web-server'")}`), 'appliance');
    expect(found.map((xml) => [field(xml, 'dbId'), field(xml, 'version'), field(xml, 'revision')])).toEqual([
      ['750', '1.0', '1'],
      ['751', '1.0', '2'],
      ['752', '1.2', '1'],
    ]);
  });

  test('lead to a published image that is ready: the newest of web-server 1.2', async () => {
    const ready = entries(await ask('appliances/752/pimages'), 'publishImage')
      .filter((xml) => field(xml, 'complete') === 'true' && field(xml, 'downloadUri') !== undefined)
      .sort((a, b) => String(field(b, 'created')).localeCompare(String(field(a, 'created'))));
    expect(ready.map((xml) => fields(xml, 'dbId')[0])).toEqual(['95', '96', '94']);
    expect((await askUforge(sandbox, field(ready[0] ?? '', 'downloadUri') ?? '')).body.length).toBe(3000);
  });

  test('of a display format and of the primitive one are both there', async () => {
    const [image = ''] = entries(await ask(`images?${query("targetFormat.name=='VirtualBox';revision==2")}`), 'image');
    expect(fields(image, 'name')).toContain('vbox');
    expect(field(image, 'dbId')).toBe('1135');
  });

  test('published scan and container images are listed, with a uri of theirs, and have no download', async () => {
    const uris = entries(await ask('pimages'), 'publishImage').map(
      (xml) => /<uri>([^<]*)<\/uri><version/.exec(xml)?.[1],
    );
    expect(uris).toContain('users/alice/scannedinstances/12/scans/34/images/56/pimages/98');
    expect(uris).toContain('users/alice/mysoftware/718/templates/130/images/590/pimages/99');
    for (const path of ['scannedinstances/12/scans/34/pimages/98', 'mysoftware/718/templates/130/pimages/99']) {
      expect((await askUforge(sandbox, `users/alice/${path}/downloads`)).status).toBe(404);
    }
  });
});

describe('a list is narrowed', () => {
  const image = 'users/alice/appliances/747/images';
  test.each([
    ['by uri', `images?img=${image}/1096`, ['1096']],
    ['by several uris', `images?img=${image}/1096&img=${image}/1095`, ['1095', '1096']],
    ['by uri, of published ones', `pimages?img=${image}/1095/pimages/88`, ['88']],
    ['by name and version', `appliances?${query("name=='web';version=='2.1'")}`, ['749']],
    ['by an asterisk', `appliances?${query("name=='we*-*'")}`, ['750', '751', '752']],
    ['by an asterisk in front', `appliances?${query("name=='*env'")}`, ['747']],
    ['by id', `appliances?${query('dbId==748')}`, ['748']],
    ['by what it is not', `appliances?${query("name!='web*'")}`, ['747', '753', '754']],
    ['by a name with other letters: not at all', `appliances?${query("name=='Web'")}`, []],
    ['by a value with a semicolon', `appliances?${query("name=='web;version=='")}`, []],
    ['by nested field', `images?${query("status.cancelled=='true'")}`, ['1099']],
    ['of an appliance, by format', `appliances/752/images?${query("format.name=='qcow2'")}`, ['1132', '1134']],
    ['of scanned instances, by name', 'scannedinstances?name=database', ['13']],
    ['of scanned instances, by id', 'scannedinstances?id=12', ['12']],
    ['of scans, by id', 'scans?id=36', ['36']],
    ['of scans of an instance, by FIQL', `scannedinstances/12/scans?${query("name=='Scan #2'")}`, ['35']],
  ])('%s', async (_, path, ids) => {
    const text = await ask(path);
    const [outer = ''] = /ns0:(\w+)/.exec(text)?.slice(1) ?? [];
    const found = entries(text, outer === 'mySoftwareList' ? 'mySoftware' : outer.slice(0, -1));
    expect(found.map((xml) => field(xml, 'dbId'))).toEqual(ids);
    expect(field(text, 'total')).toBe(String(ids.length));
  });

  test.each([
    ['an unclosed quote', "name=='web"],
    ['a quote in a value', "name=='it's'"],
    ['another operator', 'name=gt=1'],
    ['no operator', 'web'],
    ['an empty condition', "name=='web';=="],
  ])('%s is refused', async (_, text) => {
    const answer = await askUforge(sandbox, `users/alice/appliances?${query(text)}`);
    expect([answer.status, field(answer.text, 'statusCode')]).toEqual([400, '400']);
  });

  test('with includeScans, instances carry their scans, as hammr asks for them', async () => {
    expect(entries(await ask('scannedinstances'), 'scan')).toEqual([]);
    const [first = '', second = ''] = entries(await ask('scannedinstances?includeScans=true'), 'scannedInstance');
    expect([entries(first, 'scan').length, entries(second, 'scan').length]).toEqual([2, 1]);
    expect(field(first, 'totalScans')).toBe('2');
  });
});

describe('pages', () => {
  const ids = APPLIANCES.map(({ id }) => String(id));
  const page = async (
    path: string,
  ): Promise<readonly [total: string | undefined, ids: readonly (string | undefined)[]]> => {
    const text = await ask(path);
    return [field(text, 'total'), entries(text, 'appliance').map((xml) => field(xml, 'dbId'))];
  };
  const all = String(ids.length);

  test.each([
    ['the first', 'appliances?count=2', [all, ids.slice(0, 2)]],
    ['a later one', 'appliances?count=2&offset=3', [all, ids.slice(3, 5)]],
    ['one beyond the end', 'appliances?count=2&offset=99', [all, []]],
    ['none', 'appliances?count=0', [all, []]],
    ['in the other dialect', 'appliances?max=2&index=3', [all, ids.slice(3, 5)]],
    ['of what a query leaves', `appliances?${query("name=='web-server'")}&count=1&offset=1`, ['3', ['751']]],
    ['in an order', 'appliances?orderBy=version&count=2', [all, ['753', '747']]],
    ['in the opposite order', 'appliances?orderBy=dbId&descending=true&count=2', [all, ['754', '753']]],
    ['in an order of the other dialect', 'appliances?orderby=dbId&asc=false&max=1', [all, ['754']]],
  ] as const)('%s', async (_, path, expected) => {
    expect(await page(path)).toEqual(expected);
  });

  test.each(['count=-1', 'offset=x', 'max=1.5'])('%s is refused', async (text) => {
    expect((await askUforge(sandbox, `users/alice/appliances?${text}`)).status).toBe(400);
  });

  test.each<[string, Partial<SandboxModes>, string, readonly [string | undefined, readonly string[]]]>([
    ['a cap holds without a page asked for', { pageCap: 3 }, '', [all, ids.slice(0, 3)]],
    ['a cap holds for a larger page', { pageCap: 3 }, 'count=5&offset=1', [all, ids.slice(1, 4)]],
    ['pages that repeat', { paging: 'repeats' }, 'count=2&offset=2', [all, ids.slice(0, 2)]],
    ['pages that are ignored', { paging: 'ignored' }, 'count=2&offset=2', [all, ids]],
    ['a total of the page alone', { listTotal: 'page' }, 'count=2', ['2', ids.slice(0, 2)]],
    ['a total that is one too many', { listTotal: 'more' }, '', [String(ids.length + 1), ids]],
    ['no total', { listTotal: 'absent' }, '', [undefined, ids]],
    ['a query that is ignored', { fiql: 'ignored' }, query("name=='web'"), [all, ids]],
    ['a list that lacks its last entry', { shortLists: 1 }, '', [all, ids.slice(0, -1)]],
  ])('by mode: %s', async (_, modes, text, expected) => {
    Object.assign(sandbox.control.modes, modes);
    expect(await page(`appliances?${text}`)).toEqual(expected);
  });

  test('a short list is whole the next time', async () => {
    sandbox.control.modes.shortLists = 1;
    expect((await page('appliances'))[1]).toHaveLength(ids.length - 1);
    expect((await page('appliances'))[1]).toEqual(ids);
  });
});

describe('by mode', () => {
  test.each([403, 404] as const)('the wide lists are refused with %i, narrower ones are not', async (status) => {
    sandbox.control.modes.wideLists = status;
    for (const path of ['images', 'pimages', 'images/status']) {
      expect((await askUforge(sandbox, `users/alice/${path}`)).status).toBe(status);
    }
    for (const path of ['appliances', 'appliances/747/images', 'appliances/747/pimages', 'scans']) {
      expect((await askUforge(sandbox, `users/alice/${path}`)).status).toBe(200);
    }
  });

  test('a list of one collapses in JSON', async () => {
    sandbox.control.modes.jsonSingle = 'object';
    const path = `users/alice/appliances?${query('dbId==748')}`;
    const { text } = await askUforge(sandbox, path, { headers: { accept: 'application/json' } });
    expect(JSON.parse(text).appliances.appliances.appliance.dbId).toBe(748);
  });

  test('a query is refused', async () => {
    sandbox.control.modes.fiql = 'refused';
    expect((await askUforge(sandbox, `users/alice/appliances?${query("name=='web'")}`)).status).toBe(400);
    expect((await askUforge(sandbox, 'users/alice/appliances')).status).toBe(200);
  });

  test('entries are long', async () => {
    sandbox.control.modes.entryPadding = 5000;
    for (const entry of entries(await ask('appliances/747/pimages'), 'publishImage')) {
      expect(entry.length).toBeGreaterThan(5000);
    }
  });
});

describe('a catalog of ten thousand', () => {
  test('is there at once, whole in one answer and in pages, and each image has bytes of its own', async () => {
    const large = await startSandbox({ size: 1000, images: 10_000, imageSize: 100, digests: false });
    const list = await askUforge(large, 'users/alice/appliances/747/images', { timeoutMs: 60_000 });
    const ids = list.text.split('</image>').flatMap((xml) => field(xml, 'dbId') ?? []);
    expect(field(list.text, 'total')).toBe(String(ids.length));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(10_000);
    const page = await askUforge(large, 'users/alice/images?count=2&offset=5000');
    expect(entries(page.text, 'image')).toHaveLength(2);
    const uri = String(field(entries(page.text, 'image')[1] ?? '', 'downloadUri'));
    const [, name = ''] = /(images\/\d+)\/downloads/.exec(uri) ?? [];
    expect((await get(`${large.urls.uforge}/${uri}`)).body.equals(large.control.object(name).bytes(0, 100))).toBe(true);
    await large.close();
  });

  test('with digests of big images costs no pass over their bytes in a list, only by itself', async () => {
    const large = await startSandbox({ size: 17 * 1024 * 1024, smallSize: 1000 });
    const [listed = ''] = entries((await askUforge(large, 'users/alice/appliances/747/images')).text, 'image');
    expect([field(listed, 'dbId'), field(listed, 'sha256sum')]).toEqual(['1095', undefined]);
    const alone = await askUforge(large, 'users/alice/appliances/747/images/1095');
    expect(field(alone.text, 'sha256sum')).toBe(large.control.object('images/1095').digest('sha256'));
    await large.close();
  });
});
