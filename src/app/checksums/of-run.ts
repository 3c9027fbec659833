import { resolve } from 'node:path';
import type { ChecksumFile } from '../../core/checksum-file.js';
import { AppError } from '../../core/errors.js';
import type { SecretHeaders } from '../../core/secret.js';
import { isUrl } from '../../core/user-url.js';
import { systemClock } from '../clock.js';
import type { Image } from '../images.js';
import { RETRIES } from '../options.js';
import type { Run } from '../run.js';
import { CHECKSUMS, KEYRING } from '../verification-options.js';
import { readKeyring } from './keyring.js';
import { localPlace } from './local-place.js';
import type { ChecksumPlace } from './place.js';
import { type Proof, readChecksums } from './read-checksums.js';
import { webPlace } from './web-place.js';

/**
 * The checksum file that a run's options name, read and proven. Undefined where they name none.
 * @param images of the run: a digest without a name is of the only one
 * @throws AppError usage.*, integrity.signature, and what reading throws; the reason of the run's signal
 */
export async function checksumFileOf(run: Run, images: readonly Image[]): Promise<ChecksumFile | undefined> {
  const { settings, host } = run;
  const named = settings.get(CHECKSUMS);
  const keyring = settings.get(KEYRING);
  if (named === undefined) return keyring === undefined ? undefined : refuseKeyring(run);
  // Before any request: a slip in the name of the keyring costs nothing.
  const proof = keyring === undefined ? undefined : await proofBy(resolve(host.cwd, keyring), run);
  const file = await readChecksums(placeOf(named, images, run), proof, run.signal);
  if (!file.authenticated) warnUnauthenticated(file, run);
  const { bare, ...others } = file;
  return images.length === 1 ? file : others;
}

/** In a configuration file it stands for every run that has a checksum file. */
function refuseKeyring({ settings }: Run): undefined {
  const origin = settings.origin(KEYRING) ?? '';
  if (!/^(?:--|IMGDL_)/.test(origin)) return undefined;
  throw new AppError('usage.missing', `${origin}: there is no checksum file that could be signed`, {
    hint: 'use --checksums URL|FILE, or remove it',
  });
}

/** Where gpgv is looked for when nobody says it: a library is not told of its process. */
const PLACES = '/usr/local/bin:/usr/bin:/bin';

async function proofBy(path: string, run: Run): Promise<Proof> {
  const keyring = await readKeyring(path);
  return { keyring, path: run.host.env.get('PATH') ?? PLACES, note: (message) => run.ports.note(message) };
}

function placeOf(named: string, images: readonly Image[], run: Run): ChecksumPlace {
  const { transport, settings, host, deadlineAt } = run;
  if (!isUrl(named)) return localPlace(resolve(host.cwd, named));
  const { insecure } = transport;
  const { report } = run.input;
  const retries = settings.get(RETRIES);
  const credentialsFor = async (url: URL): Promise<SecretHeaders> =>
    (await run.credentials.for(url, images[0]?.source.ref.endpoint ?? ''))?.headers ?? {};
  const web = { transport, clock: systemClock, report, retries, deadlineAt, insecure, credentialsFor };
  return webPlace(new URL(named), web);
}

function warnUnauthenticated({ shown }: ChecksumFile, { ports }: Run): void {
  ports.warn({
    code: 'verify.unauthenticated',
    message: `anyone on the network path could have changed ${shown}: use https, a local file, or --keyring`,
  });
}
