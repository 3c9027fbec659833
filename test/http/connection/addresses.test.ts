import { describe, expect, it } from 'vitest';
import { Addresses, placeText } from '#imgdl/http/connection/addresses.js';

const knowing = (...found: string[]): Addresses => new Addresses(async () => found);

describe('the addresses of a host', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['keep their order where they are of one family', ['10.0.0.1', '10.0.0.2'], ['10.0.0.1', '10.0.0.2']],
    [
      'take turns where they are of two, the preferred family first',
      ['fd00::1', 'fd00::2', 'fd00::3', '10.0.0.1'],
      ['fd00::1', '10.0.0.1', 'fd00::2', 'fd00::3'],
    ],
    ['take turns the other way round, too', ['10.0.0.1', '10.0.0.2', 'fd00::1'], ['10.0.0.1', 'fd00::1', '10.0.0.2']],
    ['are tried once each', ['10.0.0.1', '10.0.0.1'], ['10.0.0.1']],
  ])('%s', async (_, found, order) => {
    expect(await knowing(...found).of('host')).toEqual(order);
  });

  it.each(['10.0.0.1', '::1'])('that is one already is looked up nowhere: %s', async (address) => {
    const nowhere = new Addresses(() => Promise.reject(new Error('asked')));
    expect(await nowhere.of(address)).toEqual([address]);
  });

  it('that is known and has none is an error with a code', async () => {
    await expect(knowing().of('host')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('that let us wait are tried last, until they answer again', async () => {
    const addresses = knowing('fd00::1', '10.0.0.1', '10.0.0.2');
    addresses.late(['fd00::1']);
    expect(await addresses.of('host')).toEqual(['10.0.0.1', '10.0.0.2', 'fd00::1']);
    addresses.inTime('fd00::1');
    expect(await addresses.of('host')).toEqual(['fd00::1', '10.0.0.1', '10.0.0.2']);
  });
});

it.each([
  ['10.0.0.1', '10.0.0.1:443'],
  ['fd00::1', '[fd00::1]:443'],
])('a place is shown as a URL has it: %s', (address, shown) => {
  expect(placeText(address, 443)).toBe(shown);
});
