/**
 * imgdl as a library: each command is a function. Nothing here reads arguments, environment, current directory or home,
 * prints, or exits: what is not passed in does not count. docs/library.md explains it.
 */

import type { ImageStream } from './app/image-stream.js';
import { downloadWords, imageFunction, streamWords } from './app/library.js';
import type { FileOptions, StreamOptions } from './app/library-options.js';
import type { Outcome } from './core/outcome.js';
import { type CloudLogin, cloudVariables } from './providers/openstack/login/cloud-keys.js';
import type { ImageProperty, Visibility } from './providers/openstack/options.js';
import type { Sandbox, SandboxOptions } from './sandbox/sandbox.js';

export type { ImageFunction } from './app/library.js';
export type { FileOptions, StreamOptions, Surroundings, TransferSettings } from './app/library-options.js';
export type { Algorithm, CheckedDigest, Digest, DigestOrigin, Verified } from './core/digest.js';
export { CODES, type Code } from './core/error-codes.js';
export type { ErrorKind } from './core/error-kind.js';
export { AppError, type ErrorReport, isAppError } from './core/errors.js';
export type { Phase, Report, TransferEvent } from './core/events.js';
export { EXIT } from './core/exit.js';
export type { Outcome, Status } from './core/outcome.js';
export type { Provider } from './core/provider.js';
export type { Identity, Remote, SourceRef, Warning } from './core/source.js';
export { PROVIDERS } from './providers/index.js';
export type { CloudLogin, ImageStream, Sandbox, SandboxOptions };

type Id = number | string;

/** The AppCenter, and how to log in: with user and password, with a key pair, or with a one-time id. */
export interface UForgeOptions {
  /** Base URL, usually `https://HOST/api`. */
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
  readonly passwordFile?: string;
  /** Whose images these are; default: the user's. */
  readonly uid?: string;
  readonly publicKey?: string;
  readonly secretKey?: string;
  readonly secretKeyFile?: string;
  readonly downloadId?: string;
  readonly via?: 'auto' | 'credentials' | 'key';
}

/** Which of several images is meant. */
export interface Choice {
  /** Where a name fits several, take the newest. */
  readonly newest?: boolean;
  /** Only images of this format. */
  readonly format?: string;
}

/** What `latest` means. */
export interface UForgeChoice extends UForgeOptions, Choice {
  /** Only images of this revision. */
  readonly revision?: number;
}

/** Which of several images of a cloud is meant. */
export interface GlanceChoice extends Choice {
  /** Only images with this tag, or with all of several. */
  readonly tag?: string | readonly string[];
  /** Only images with this property, or with all of several: `os_distro=debian`. */
  readonly property?: PropertyOption | readonly PropertyOption[];
  /** Only images of the project with this id. */
  readonly owner?: string;
  readonly visibility?: Visibility;
}
type PropertyOption = string | ImageProperty;

/** Options that belong to one service. */
export interface ServiceOptions extends UForgeChoice, GlanceChoice, Pick<ExportOptions, 'outputFormat'> {
  /** A cloud of clouds.yaml, which is looked for below `home`, or where `env` says. */
  readonly osCloud?: string;
  /** A region of the cloud. */
  readonly osRegion?: string;
  /** Hosts to which a token of an https log-in may go unencrypted. */
  readonly allowHttp?: string | readonly string[];
  readonly as?: 'uforge' | 'glance' | 'plain';
  /** Log in to plain URLs with the user and password in `.netrc` below `home`, or where `env.NETRC` says. */
  readonly netrc?: boolean;
  /** A file with headers for the server of a plain URL, one `Name: value` on each line. */
  readonly headerFile?: string;
}

/** Names and ids as on the command line. The image alone, by its id, is enough. */
export interface ApplianceImage extends UForgeChoice {
  readonly appliance?: Id;
  readonly image: Id;
}
export interface AppliancePimage extends UForgeChoice {
  readonly appliance?: Id;
  readonly pimage: Id;
}
/** The image alone, by its id, or all three. */
export interface ContainerImage extends UForgeChoice {
  readonly bundle?: Id;
  readonly template?: Id;
  readonly image: Id;
}
export interface ScanImage extends UForgeChoice {
  readonly instance?: Id;
  readonly scan?: Id;
  readonly image: Id;
}
export interface GlanceImage extends GlanceChoice {
  /** Id, exact name, or a pattern together with `newest`. */
  readonly image: string;
  /** A cloud of clouds.yaml by its name, or all that is needed to log in. */
  readonly cloud?: string | CloudLogin;
  /** A region of the cloud. */
  readonly osRegion?: string;
  /** Hosts to which a token of an https log-in may go unencrypted. */
  readonly allowHttp?: string | readonly string[];
}
/** An archive that the server makes, and deletes when it is downloaded. It waits for one hour if you set no `wait`. */
export interface ApplianceExport extends ExportOptions {
  /** Id, or name: `web-server@1.2`. */
  readonly appliance: Id;
}
/** The same of a software bundle. */
export interface ContainerExport extends ExportOptions {
  readonly bundle: Id;
}
interface ExportOptions extends Omit<UForgeOptions, 'downloadId' | 'via'>, Pick<Choice, 'newest'> {
  /** How the template is written in the archive; default `yaml`. */
  readonly outputFormat?: 'yaml' | 'json';
}
/** The URL of any image or file. For one of an AppCenter with a login use download(). */
export interface UrlImage extends Omit<ServiceOptions, 'url' | 'revision' | 'outputFormat' | keyof GlanceChoice> {
  readonly url: string;
}

/**
 * Downloads the image that the words of a command line name, as in `['glance', 'image', 'debian-13']`, into a file, with
 * every promise of the command: resumable, verified, published in one step.
 *
 * @throws AppError; the reason of `options.signal`, after a checkpoint
 */
export const download: (words: readonly string[], options: FileOptions & ServiceOptions) => Promise<Outcome> =
  downloadWords;
/** The same as a stream of bytes. Nothing is thrown: what is wrong destroys the stream. */
export const stream: (words: readonly string[], options?: StreamOptions & ServiceOptions) => ImageStream = streamWords;

export const applianceImage = imageFunction<ApplianceImage>(['appliance', 'image']);
export const appliancePimage = imageFunction<AppliancePimage>(['appliance', 'pimage']);
export const applianceExport = imageFunction<ApplianceExport>(['appliance', 'export']);
export const containerImage = imageFunction<ContainerImage>(['container', 'image']);
export const containerExport = imageFunction<ContainerExport>(['container', 'export']);
export const scanImage = imageFunction<ScanImage>(['scan', 'image']);
export const urlImage = imageFunction<UrlImage>(['url']);
export const glanceImage = imageFunction<GlanceImage>(['glance', 'image'], ({ cloud, ...options }) => {
  if (cloud === undefined) return options;
  if (typeof cloud !== 'object') return { ...options, osCloud: cloud };
  const { env } = options as FileOptions & StreamOptions;
  return { ...options, env: { ...env, ...cloudVariables(cloud) } };
});

/** The services of the documentation on loopback, for tests. Loaded when it is asked for. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await import('./sandbox/sandbox.js');
  return await sandbox.startSandbox(options);
}
