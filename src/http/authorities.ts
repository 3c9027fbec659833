import { delimiter, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import {
  CertificateFileError,
  type CertificateSet,
  fingerprint,
  isCertificate,
  readCertificates,
} from './certificate-files.js';

/** Whose signatures are good: the authorities of this machine beside those that Node brings, or the user's own alone. */

/** Where this machine says which authorities it trusts. */
export interface Machine {
  readonly env: ReadonlyMap<string, string>;
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** For tests; {@link BUNDLES} otherwise. */
  readonly bundles?: readonly string[];
}

/** Where it is told what came of it. */
export interface TrustReport {
  note(message: string): void;
  warn(warning: Warning): void;
}

/**
 * The first group in which one is set counts, with all of it. OpenSSL's own come first; curl's and python-requests'
 * are what a machine has where its authorities were set up for these tools alone.
 */
const VARIABLES: readonly (readonly Variable[])[] = [
  [
    { name: 'SSL_CERT_FILE', several: false },
    { name: 'SSL_CERT_DIR', several: true },
  ],
  [
    { name: 'CURL_CA_BUNDLE', several: false },
    { name: 'REQUESTS_CA_BUNDLE', several: false },
  ],
];

interface Variable {
  readonly name: string;
  /** A list of paths, as in PATH. */
  readonly several: boolean;
}

/** Of Node itself, which forgets its certificates where others are added (Node 20). It tells itself what is wrong. */
const EXTRA = 'NODE_EXTRA_CA_CERTS';

/** The first that there is counts. */
export const BUNDLES: readonly string[] = [
  // Debian, Ubuntu, Arch, Gentoo, Alpine with ca-certificates
  '/etc/ssl/certs/ca-certificates.crt',
  // RHEL, Fedora and their kin
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  // SUSE
  '/etc/ssl/ca-bundle.pem',
  // Alpine without ca-certificates, macOS
  '/etc/ssl/cert.pem',
  // None has a bundle, but perhaps single ones
  '/etc/ssl/certs',
];

/**
 * The authorities that this machine trusts and Node does not know by itself, in PEM form. Whatever is wrong with them
 * is told, but stops nothing: fewer authorities are trusted then, never more.
 */
export function systemAuthorities(machine: Machine, report: TrustReport): readonly string[] {
  const known = new Set(rootCertificates.map(fingerprint));
  const added: string[] = [];
  for (const { set, origin } of systemSets(machine, report)) {
    const before = added.length;
    for (const skipped of set.skipped) report.note(`skipping ${skipped}`);
    for (const { pem, place } of set.certificates) {
      const print = fingerprint(pem);
      if (known.has(print)) continue;
      if (isCertificate(pem)) {
        known.add(print);
        added.push(pem);
      } else report.note(`skipping ${place}: it is damaged`);
    }
    const count = added.length - before;
    if (count > 0)
      report.note(`trusting ${count} more certificate authorit${count === 1 ? 'y' : 'ies'} from ${origin}`);
  }
  return added;
}

interface SystemSet {
  readonly set: CertificateSet;
  /** `SSL_CERT_FILE (/srv/ca.pem)`. */
  readonly origin: string;
}

function systemSets({ env, cwd, bundles = BUNDLES }: Machine, report: TrustReport): readonly SystemSet[] {
  const extra = env.get(EXTRA);
  const extraSets = extra === undefined ? [] : variableSet(EXTRA, resolve(cwd, extra), report);
  const group = VARIABLES.find((variables) => variables.some(({ name }) => env.has(name)));
  if (group === undefined) return [...extraSets, ...distributionSet(bundles)];
  const sets = group.flatMap(({ name, several }) => {
    const text = env.get(name);
    if (text === undefined) return [];
    const paths = (several ? text.split(delimiter) : [text]).filter((path) => path !== '');
    const found = paths.flatMap((path) => variableSet(name, resolve(cwd, path), report));
    if (found.every(({ set }) => set.certificates.length === 0)) {
      const message = `${name}: no certificate authorities found in ${escapeControls(text)}; imgdl uses those of Node.js`;
      report.warn({ code: 'tls.authorities', message });
    }
    return found;
  });
  return [...extraSets, ...sets];
}

function variableSet(name: string, path: string, report: TrustReport): readonly SystemSet[] {
  try {
    return [{ set: readCertificates(path), origin: `${name} (${escapeControls(path)})` }];
  } catch (error) {
    if (!(error instanceof CertificateFileError)) throw error;
    report.note(`skipping ${name} ${escapeControls(path)}: ${error.message}`);
    return [];
  }
}

function distributionSet(bundles: readonly string[]): readonly SystemSet[] {
  for (const path of bundles) {
    try {
      const set = readCertificates(path);
      if (set.certificates.length > 0) return [{ set, origin: escapeControls(path) }];
    } catch (error) {
      // Another distribution's place.
      if (!(error instanceof CertificateFileError)) throw error;
    }
  }
  return [];
}

/**
 * The authorities in the file or directory that the user named, in PEM form. Nobody else is trusted then, so a file
 * that is not wholly right is refused. A directory is often the machine's: there a bad one is passed over.
 * @param origin what named it: `--cacert`
 * @throws AppError usage.option
 */
export function namedAuthorities(path: string, origin: string, report: Pick<TrustReport, 'note'>): string {
  const shown = `${origin} ${escapeControls(path)}`;
  const { certificates, skipped, isDirectory } = read(path, shown);
  const good = certificates.filter(({ pem }) => isCertificate(pem));
  const damaged = certificates.filter((one) => !good.includes(one));
  if (!isDirectory && damaged[0] !== undefined) {
    throw refused(`${origin}: ${damaged[0].place} is damaged`, 'replace the file, or remove that certificate from it');
  }
  for (const file of skipped) report.note(`skipping ${file}`);
  for (const { place } of damaged) report.note(`skipping ${place}: it is damaged`);
  if (good.length > 0) return good.map(({ pem }) => pem).join('');
  throw isDirectory
    ? refused(
        `${shown}: there are no certificates in this directory`,
        'use a directory with .pem or .crt files, or one prepared with openssl rehash',
      )
    : refused(`${shown}: not in PEM form`, 'use a PEM file, with BEGIN and END lines');
}

function read(path: string, shown: string): CertificateSet {
  try {
    return readCertificates(path);
  } catch (error) {
    if (!(error instanceof CertificateFileError)) throw error;
    throw refused(
      `${shown}: ${error.message}`,
      'use a PEM file, with BEGIN and END lines, or a directory of such files',
    );
  }
}

function refused(message: string, hint: string): AppError {
  return new AppError('usage.option', message, { hint });
}
