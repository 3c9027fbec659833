import { beforeAll, beforeEach, describe, it } from 'vitest';
import type { Cloud, SeededImage } from '../openstack/cloud.js';
import { token } from '../openstack/credentials.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from '../openstack/service.js';
import { expectSection, type Row, table } from './page.js';
import { Typist } from './typed.js';

/** What is typed; `{key}` is the id of a seeded image, `{project}` that of a project. */
type Line = readonly [what: string, typed: string];

const LISTS: readonly Line[] = [
  ['everything that the project sees', 'glance list'],
  ['what can be downloaded now', 'glance list --ready'],
  ['by a pattern', "glance list 'golden-*'"],
  ['by several', "glance list 'golden-*' duplicate"],
  ['the same as an option', "glance list --name 'golden-*'"],
  ['of a tag', 'glance list --tag golden'],
  ['of two tags', 'glance list --tag golden --tag lab'],
  ['of a property', 'glance list --property os_distro=debian'],
  ['of a property and a tag', 'glance list --property os_distro=debian --tag golden'],
  ['of a project', 'glance list --owner {demo}'],
  ['of the project itself', 'glance list --visibility private'],
  ['shared with the project', 'glance list --visibility shared'],
  ['of the community', 'glance list --visibility community'],
  ['all of them', 'glance list --visibility all'],
  ['hidden', 'glance list --hidden'],
  ['in one state', 'glance list --status queued'],
  ['of a format', 'glance list --format qcow2'],
];

const NAMES: readonly Line[] = [
  ['an id', 'glance image {small-raw}'],
  ['an id that is meant as one', 'glance image id:{small-raw}'],
  ['a name', 'glance image small-raw'],
  ['a name, never an id', 'glance image name:small-raw'],
  ['a name that fits two', 'glance image duplicate'],
  ['the newest of them', 'glance image duplicate --newest'],
  ['a pattern without --newest', "glance image 'golden-*'"],
  ['the newest of a pattern: not the newer one of the community', "glance image 'golden-*' --newest"],
  ['the community is asked for', "glance image 'golden-*' --newest --visibility community"],
  ['of a tag', "glance image '*' --newest --tag lab"],
  ['of a property', "glance image 'golden-*' --newest --property os_distro=debian"],
  ['of a format', "glance image 'golden-*' --newest --format qcow2"],
  ['of an owner', "glance image 'golden-*' --newest --owner {other}"],
  ['a pending share, by its name', 'glance image shared-other'],
  ['the same, asked for', 'glance image shared-other --visibility shared'],
  ['a hidden image, by its name', 'glance image hidden-public'],
  ['an image of the community, by its name', 'glance image community-other'],
  ['the same, asked for', 'glance image community-other --owner {other}'],
  ["somebody else's image", 'glance image private-other'],
  ['a name that nobody has', 'glance image small-rau'],
  ['several images', 'glance image small-raw odd-raw'],
];

const STATES: readonly Line[] = [
  ['all digests', 'glance image {odd-raw}'],
  ['MD5 only', 'glance image {md5-only}'],
  ['SHA-512 only', 'glance image {sha-only}'],
  ['SHA-256 by os_hash_algo', 'glance image {sha256-algo}'],
  ['no digest at all', 'glance image {no-hashes}'],
  ['the same, and a digest is required', 'glance image {no-hashes} --require digest'],
  ['an algorithm that nobody knows', 'glance image {weird-algo}'],
  ['signed', 'glance image {signed}'],
  ['no bytes', 'glance image {empty}'],
  ['a snapshot whose data are in a volume', 'glance image {vm-snapshot}'],
  ['queued', 'glance image {queued}'],
  ['the same, and waited for', 'glance image {queued} --wait 1s'],
  ['deactivated', 'glance image {deactivated}'],
  ['lost by its store', 'glance image {lost-data}'],
  ['corrupt in its store', 'glance image {corrupt}'],
  ['cut short in its store', 'glance image {truncated} --retries 0 --timeout 5s'],
  ['the same without digests', 'glance image {truncated-no-hashes} --retries 0 --timeout 5s'],
  ["the project's own", 'glance image {private-demo}'],
  ['a pending share, by its id', 'glance image {shared-other}'],
  ['of the community, by its id', 'glance image {community-other}'],
  ['hidden, by its id', 'glance image {hidden-public}'],
  ["somebody else's", 'glance image {private-other}'],
  ['a name with blanks and a slash', 'glance image {spaces and/slash é✓}'],
  ['a name that climbs', 'glance image {../../evil}'],
];

describe.skipIf(noOpenStack)(`a real Glance, as the page says it${whyNoOpenStack}`, { timeout: 300_000 }, () => {
  let cloud: Cloud;
  /** One for each of the two servers, so that both are asked at the same time. */
  let typists: readonly [eventlet: Typist, uwsgi: Typist];

  beforeAll(async () => {
    cloud = await realOpenStack();
  }, 180_000);
  beforeEach(() => {
    // A token, not a password: Keystone takes a third of a second to check one, a hundred times.
    const at = (region: string): Typist => new Typist({ ...token(cloud, cloud.tokens.demo), OS_REGION_NAME: region });
    typists = [at('RegionOne'), at('RegionUwsgi')];
  });

  const typed = (line: string): string =>
    line.replace(/\{([^}]+)\}/g, (_, key: keyof Cloud['projects']) => cloud.images[key]?.id ?? cloud.projects[key]);

  /** The same from eventlet and from uWSGI; where they differ both are said. */
  async function fromBoth(
    [what, words]: Line,
    row: (typist: Typist, what: string, typed: string) => Promise<Row>,
  ): Promise<Row> {
    const [eventlet, uwsgi] = await Promise.all([
      row(typists[0], what, typed(words)),
      row(typists[1], what, typed(words)),
    ]);
    const same = eventlet.exit === uwsgi.exit && eventlet.came === uwsgi.came;
    const came = same ? eventlet.came : `eventlet: ${eventlet.came}; uWSGI: ${uwsgi.came} (exit ${uwsgi.exit})`;
    return { what, typed: `imgdl ${words.replaceAll(/[{}]/g, '')}`, exit: eventlet.exit, came };
  }

  // Other tests make images of their own meanwhile.
  const seeded = new Set<string>();
  const isSeeded = (id: string): boolean => {
    if (seeded.size === 0) for (const image of Object.values<SeededImage>(cloud.images)) seeded.add(image.id);
    return seeded.has(id);
  };

  it('lists', async () => {
    const rows: Row[] = [];
    for (const line of LISTS) {
      rows.push(await fromBoth(line, (typist, what, words) => typist.list(what, words, isSeeded)));
    }
    expectSection('glance-lists', table(rows));
  });

  it('names', async () => {
    const rows: Row[] = [];
    for (const line of NAMES) rows.push(await fromBoth(line, download));
    expectSection('glance-names', table(rows));
  });

  it('states', async () => {
    const rows: Row[] = [];
    for (const line of STATES) rows.push(await fromBoth(line, download));
    expectSection('glance-states', table(rows));
  });
});

async function download(typist: Typist, what: string, typed: string): Promise<Row> {
  return await typist.download(what, typed);
}
