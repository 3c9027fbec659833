/** Two runs of one image from a server that voids a one-time key as soon as somebody looks at the image again. */
import { expect, test } from 'vitest';
import { names, stage } from './stage.js';

const META = '/api/users/alice/appliances/747/images/1095';

/** More than a round of each: both come to the pause between rounds. */
const VOIDED = 6;

test.each([401, 404] as const)('both end well, although their keys are void again and again (%d)', async (deadKey) => {
  const place = await stage({ keysOnly: true, keyMint: 'voiding', deadKey });
  const { control, urls } = place.sandbox;
  const login = `Basic ${Buffer.from(`alice:${place.env['IMGDL_PASSWORD']}`).toString('base64')}`;
  // As if another run looked just before: the key on its way is void when it arrives.
  const look = async (): Promise<'pass'> => {
    await fetch(`${urls.uforge}/users/alice/appliances/747/images/1095`, { headers: { authorization: login } });
    return 'pass';
  };
  control.script(`${META}/downloads`, Array<typeof look>(VOIDED).fill(look));

  const args = ['appliance', 'image', '747', '1095', '--via', 'key', '--connections', '1', '-o'];
  const ends = await Promise.all(['a', 'b'].map((name) => place.imgdl([...args, name])));
  expect(ends.map(({ code, stderr }) => [code, stderr.includes('hint: ')])).toEqual(Array(2).fill([0, false]));
  const refused = control.requests.filter(({ path, status }) => path.startsWith(`${META}/downloads`) && status >= 400);
  expect(refused.length).toBeGreaterThanOrEqual(VOIDED);
  expect(refused.length).toBeLessThan(20);
  expect(names(place.directory)).toEqual(['a', 'b']);
  for (const name of ['a', 'b']) expect(place.sha256(name)).toBe(place.expected('images/1095'));
});

test('a stale key costs one request: the next is under the same parameter', async () => {
  const place = await stage({ keysOnly: true, keyMint: 'voiding' });
  const { control, urls } = place.sandbox;
  const login = `Basic ${Buffer.from(`alice:${place.env['IMGDL_PASSWORD']}`).toString('base64')}`;
  control.script(`${META}/downloads`, [
    async () => {
      await fetch(`${urls.uforge}/users/alice/appliances/747/images/1095`, { headers: { authorization: login } });
      return 'pass';
    },
  ]);
  const { code } = await place.imgdl(['appliance', 'image', '747', '1095', '--via', 'key', '-o', 'a']);
  const data = control.requests.filter(({ path }) => path.startsWith(`${META}/downloads`));
  expect([code, data.map(({ status }) => status)]).toEqual([0, [401, 206]]);
  for (const { target } of data) expect(target).toMatch(/\?downloadId=[0-9a-f]{32}$/);
});
