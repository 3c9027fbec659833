import type { FaultCase } from './fault-case.js';
import type { Service } from './origin.js';

/** The same case at several services, with the name of the service behind its id. */
export function atServices(services: readonly Service[], one: FaultCase): readonly FaultCase[] {
  return services.map((service) => ({
    ...one,
    id: `${one.id}-${service}`,
    service,
    title: `${one.title} (${service})`,
  }));
}

/** A plain URL, an AppCenter and Glance. */
export function everywhere(one: FaultCase): readonly FaultCase[] {
  return atServices(['url', 'uforge', 'glance'], one);
}

/** Where metadata tell the size. */
export function withMetadata(one: FaultCase): readonly FaultCase[] {
  return atServices(['uforge', 'glance'], one);
}
