import type { ImageService } from '#imgdl/providers/openstack/images.js';
import { cloudSession } from '#imgdl/providers/openstack/login/cloud-session.js';
import { configuredCloud } from '#imgdl/providers/openstack/login/configured-cloud.js';
import type { Script } from '../../support/fake-transport.js';
import { type FakeImage, type GlanceTraits, glanceAnswers } from '../../support/glance-fake.js';
import { type FakeCloud, type FakePorts, fakeCloud, fakePorts, PASSWORD_ENV } from '../../support/keystone-fake.js';

const BASE = 'http://glance:9292/image';

export interface Given {
  readonly service: ImageService;
  readonly ports: FakePorts;
  readonly cloud: FakeCloud;
  /** Requests to Glance, below `/v2/images`. */
  readonly asked: () => readonly string[];
}

/** An image service with these answers, and somebody of project `p1` who is logged in to it. */
export async function givenGlance(answers: Script): Promise<Given> {
  const cloud = fakeCloud({ imageUrl: BASE });
  const ports = fakePorts({
    env: PASSWORD_ENV,
    handler: (call) => {
      const answer = cloud.handler(call);
      return answer.status === 404 && call.url.host === 'glance:9292' ? answers(call) : answer;
    },
  });
  const configured = await configuredCloud(ports);
  if (configured === undefined) throw new Error('no cloud');
  const asked = () =>
    ports.calls
      .filter(({ url }) => url.host === 'glance:9292')
      .map(({ path }) => path.slice('/image/v2/images'.length));
  return { service: { base: new URL(BASE), session: cloudSession(configured, ports), ports }, ports, cloud, asked };
}

export function givenImages(images: readonly FakeImage[], traits: GlanceTraits = {}): Promise<Given> {
  return givenGlance(glanceAnswers(images, traits));
}

/** The nth id. */
export function idOf(n: number): string {
  return `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

/** A public image of another project that is like all others but for what is given. */
export function fakeImage(n: number, traits: Partial<FakeImage> = {}): FakeImage {
  return {
    id: idOf(n),
    name: 'debian-13',
    status: 'active',
    size: 5,
    disk_format: 'qcow2',
    visibility: 'public',
    owner: 'p9',
    created_at: `2026-01-01T00:00:${String(n).padStart(2, '0')}Z`,
    os_hidden: false,
    ...traits,
  };
}
