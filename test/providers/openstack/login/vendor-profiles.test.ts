import { describe, expect, it } from 'vitest';
import { VENDORS, vendorProfile } from '#imgdl/providers/openstack/login/vendor-profiles.js';

describe.each(VENDORS)('the profile %s', (name) => {
  const profile = vendorProfile(name);
  const regions = profile?.regions ?? [undefined];

  it('leads to an https address in every region, and says no more than where', () => {
    for (const region of regions) {
      const url = new URL(String(profile?.values.get('auth_url')).replace('{region_name}', region ?? ''));
      expect([url.protocol, url.search, url.username]).toEqual(['https:', '', '']);
    }
    const keys = ['auth_url', 'region_name', 'user_domain_name', 'project_domain_name'];
    expect([...(profile?.values.keys() ?? [])].filter((key) => !keys.includes(key))).toEqual([]);
  });

  it('names its regions where the address depends on them, each once', () => {
    if (String(profile?.values.get('auth_url')).includes('{')) expect(profile?.regions?.length).toBeGreaterThan(1);
    expect(new Set(regions).size).toBe(regions.length);
  });
});

it.each(['nobody', '', '__proto__', 'constructor', 'https://vexxhost.com'])('%j is no profile', (name) => {
  expect(vendorProfile(name)).toBeUndefined();
});
