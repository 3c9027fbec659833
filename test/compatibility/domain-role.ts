import type { Cloud } from '../openstack/cloud.js';

/** Makes the user `other` a member of the domain, too, as an administrator does. */
export async function makeDomainMember({ keystone, users, tokens }: Cloud): Promise<void> {
  const headers = { 'X-Auth-Token': tokens.admin };
  const listed = await fetch(`${keystone}/roles?name=member`, { headers });
  const { roles } = (await listed.json()) as { readonly roles: readonly { readonly id: string }[] };
  const place = `${keystone}/domains/default/users/${users.other}/roles/${roles[0]?.id}`;
  const { ok, status } = await fetch(place, { method: 'PUT', headers });
  if (!ok) throw new Error(`PUT ${place}: ${status}`);
}
