import { type ErrorKind, errorKinds } from './error-kind.js';

/**
 * The kinds of errors that are no provider's own; each provider adds its own. docs/errors.md is made of all of them;
 * codes are stable: scripts match on them.
 */
export const CODES = errorKinds({
  bug: {
    exit: 'bug',
    cause: 'An internal error of imgdl.',
    cure: 'Report it, with the output of the same command run with -v.',
  },

  'usage.arguments': { exit: 'usage', cause: 'The command line is not valid.', cure: 'See imgdl COMMAND --help.' },
  'usage.option': {
    exit: 'usage',
    cause: 'The value of an option or environment variable is not valid.',
    cure: 'Correct it as the message says.',
  },
  'usage.id': {
    exit: 'usage',
    cause: 'An id does not have the form that the service uses.',
    cure: 'Use the id or the exact name, in the form that the message shows.',
  },
  'usage.url': {
    exit: 'usage',
    cause: 'A URL is malformed, contains credentials, or is not http(s).',
    cure: 'Use an http(s) URL without a user name or password.',
  },
  'usage.missing': {
    exit: 'usage',
    cause: 'A required setting is missing from the command line, the environment and the configuration files.',
    cure: 'Set what the message names.',
  },
  'usage.output': { exit: 'usage', cause: 'The source does not provide a file name.', cure: 'Use -o FILE.' },
  'usage.platform': {
    exit: 'usage',
    cause: 'This platform is not supported.',
    cure: 'Run imgdl on Linux or macOS; on Windows, use WSL.',
  },
  'usage.memory': {
    exit: 'usage',
    cause: 'A limit (ulimit -v) does not let Node.js reserve the address space it needs.',
    cure: 'Raise ulimit -v to 16 GiB or more, or set NODE_OPTIONS=--disable-wasm-trap-handler.',
  },
  'config.read': {
    exit: 'usage',
    cause: 'A configuration file cannot be read or parsed.',
    cure: 'Correct the file or its path.',
  },
  'config.profile': {
    exit: 'usage',
    cause: 'There is no profile of this name, or two profiles are for the same origin.',
    cure: 'Use a name that the message shows, or add the profile to a configuration file.',
  },
  'config.command': {
    exit: 'usage',
    cause: 'The command that a profile names for its secret failed, or did not end within 30 s.',
    cure: 'Run the command yourself: it must print the secret on its first line and exit with 0.',
  },
  'config.key': {
    exit: 'usage',
    cause: 'A configuration file has an unknown key, or a value of the wrong type.',
    cure: 'Correct or remove the key; the message suggests the closest match.',
  },
  'config.format': {
    exit: 'usage',
    cause: 'A configuration file is not JSON or YAML.',
    cure: 'Use .yaml, .yml or .json; imgdl never runs code from a configuration file.',
  },
  'config.permissions': {
    exit: 'usage',
    cause: 'Other users can read a file that contains a secret.',
    cure: 'Run chmod 600 FILE, or pass it as --password-file - <FILE.',
  },

  'auth.missing': {
    exit: 'auth',
    cause: 'The server requires credentials, and none are configured.',
    cure: 'Configure what the message names: a user with a password, API keys, a one-time download id or a cloud.',
  },
  'auth.refused': {
    exit: 'auth',
    cause: 'The server refused the credentials.',
    cure: 'Check the user, password, project and domain.',
  },
  'auth.forbidden': {
    exit: 'auth',
    cause: 'The credentials are valid, but do not allow this.',
    cure: 'Ask the owner or an administrator for permission.',
  },
  'auth.proxy': {
    exit: 'auth',
    cause: 'The proxy requires credentials (407).',
    cure: 'Put the user and password in the URL of HTTPS_PROXY or HTTP_PROXY.',
  },

  'not-found.image': {
    exit: 'not-found',
    cause: 'The image does not exist, or these credentials cannot see it.',
    cure: 'Check the id, and the user or project that owns the image.',
  },
  'not-found.ambiguous': {
    exit: 'not-found',
    cause: 'A name matches several images.',
    cure: 'Use one of the ids in the message.',
  },
  'not-found.url': { exit: 'not-found', cause: 'There is nothing at this URL (404, 410).', cure: 'Check the URL.' },

  'not-ready.queued': {
    exit: 'not-ready',
    cause: 'The image is registered but has no data yet.',
    cure: 'Run the command again when it is active, or use --wait 30m.',
  },
  'not-ready.generating': {
    exit: 'not-ready',
    cause: 'The image, or the export, is still being made.',
    cure: 'Run the command again when it is complete, or use --wait 30m.',
  },
  'not-ready.failed': {
    exit: 'not-ready',
    cause: 'Making the image or the export failed, or was canceled.',
    cure: 'Generate the image again.',
  },
  'not-ready.not-compressed': {
    exit: 'not-ready',
    cause: 'The image was generated for publishing, not for download.',
    cure: 'Generate it again with the compress option.',
  },
  'not-ready.simulated': {
    exit: 'not-ready',
    cause: 'The image is a simulation: the server only checked its dependencies.',
    cure: 'Generate it without the simulated option.',
  },
  'not-ready.registry': {
    exit: 'not-ready',
    cause: 'The image lives in a container registry.',
    cure: 'Pull it as the message shows.',
  },
  'not-ready.deactivated': {
    exit: 'not-ready',
    cause: 'An administrator deactivated the image.',
    cure: 'Ask an administrator to reactivate it.',
  },
  'not-ready.no-data': {
    exit: 'not-ready',
    cause: 'The server has no data for this image (204).',
    cure: 'The data was lost or never uploaded: ask the owner of the image.',
  },

  'net.dns': {
    exit: 'network',
    cause: 'The host name of the server cannot be resolved.',
    cure: "Check the name and this machine's DNS settings, then run again.",
  },
  'net.refused': {
    exit: 'network',
    cause: 'The server refuses connections.',
    cure: 'Check that it is up, then run again.',
  },
  'net.connect-timeout': {
    exit: 'network',
    cause: 'The server did not accept a connection in time.',
    cure: 'Check the network, then run again.',
  },
  'net.header-timeout': {
    exit: 'network',
    cause: 'The server did not respond in time.',
    cure: 'Run again; raise --timeout if the server is slow.',
  },
  'net.reset': { exit: 'network', cause: 'The connection was reset.', cure: 'Run again to resume.' },
  'net.truncated': { exit: 'network', cause: 'The response ended early.', cure: 'Run again to resume.' },
  'net.stall': {
    exit: 'network',
    cause: 'The server stopped sending data.',
    cure: 'Run again to resume; raise --timeout if the server is slow.',
  },
  'net.slow': {
    exit: 'network',
    cause: 'The transfer was slower than 1 KiB/s for a minute.',
    cure: 'Run again when the network is better.',
  },
  'net.unreachable': {
    exit: 'network',
    cause: 'There is no route to the server.',
    cure: 'Check the network, then run again.',
  },
  'net.proxy': {
    exit: 'network',
    cause: 'imgdl cannot reach the proxy, or the proxy cannot reach the server.',
    cure: 'Check the proxy settings; imgdl never bypasses a proxy.',
  },
  'net.deadline': {
    exit: 'network',
    cause: 'The --deadline has passed.',
    cure: 'Run again to resume.',
  },
  'http.unavailable': {
    exit: 'network',
    cause: 'The server is overloaded or down (408, 425, 429, or any 5xx except 501 and 505).',
    cure: 'Run again later to resume.',
  },
  'net.no-range': {
    exit: 'network',
    cause: 'The connection was lost while streaming to stdout, and the server cannot resume.',
    cure: 'Run again, saving to a file.',
  },

  'tls.certificate': {
    exit: 'trust',
    cause: 'The certificate of the server is not trusted.',
    cure: 'Install its certificate authority on this machine, or pass it with --cacert FILE.',
  },
  'tls.protocol': {
    exit: 'trust',
    cause: 'The TLS handshake with the server failed.',
    cure: 'Check the port and the scheme of the URL.',
  },
  'tls.disabled': {
    exit: 'trust',
    cause: 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate verification without anyone noticing.',
    cure: 'Unset it; use --cacert FILE, or --insecure if that is really what you want.',
  },
  'tls.downgrade': {
    exit: 'trust',
    cause: 'An https server redirects to http.',
    cure: 'Use the final URL if it is right, or report the redirect to the server operator.',
  },

  'proto.framing': {
    exit: 'protocol',
    cause: 'The response is not valid HTTP, or its body has a Transfer-Encoding that imgdl did not ask for.',
    cure: 'Check the URL, and any proxy between you and the server.',
  },
  'proto.headers': {
    exit: 'protocol',
    cause: 'The response headers are too large.',
    cure: 'Check the URL, and any proxy between you and the server.',
  },
  'proto.status': {
    exit: 'protocol',
    cause: 'The server returned a status that makes no sense here.',
    cure: 'Check the URL; the message quotes the response.',
  },
  'proto.not-modified': {
    exit: 'protocol',
    cause: 'The server returned 304 to an unconditional request.',
    cure: 'Look for a broken cache between you and the server.',
  },
  'proto.range': {
    exit: 'protocol',
    cause: 'The server sent a different range than imgdl requested, or than it announced.',
    cure: 'Look for a broken proxy or cache. imgdl has asked without a range as well, and keeps the partial download.',
  },
  'proto.encoding': {
    exit: 'protocol',
    cause: 'The body is compressed although no compression was requested, so its length and digest cannot be checked.',
    cure: 'Ask the operator to turn off compression for images.',
  },
  'proto.not-image': {
    exit: 'protocol',
    cause:
      'The server sent a web page or an error document instead of the image, perhaps from a login portal or a proxy.',
    cure: 'Open the URL in a browser; check your credentials and proxy.',
  },
  'proto.size': {
    exit: 'protocol',
    cause: 'The server announces a size that differs from its metadata.',
    cure: 'Look for a broken proxy, or ask the owner of the image.',
  },
  'proto.redirect': {
    exit: 'protocol',
    cause: 'A redirect loops, has no target, or leads to something that is not http(s).',
    cure: 'Check the URL.',
  },
  'proto.body-limit': {
    exit: 'protocol',
    cause: 'A metadata response is larger than 1 MiB; a list may have 256 MiB, with 1 MiB for each entry.',
    cure: 'Check the URL; for a list, ask for less.',
  },
  'proto.charset': { exit: 'protocol', cause: 'A metadata response is not UTF-8.', cure: 'Check the URL.' },
  'proto.xml': {
    exit: 'protocol',
    cause: 'A metadata response is not the expected XML.',
    cure: 'Check the base URL of the server.',
  },
  'proto.doctype': {
    exit: 'protocol',
    cause: 'A metadata response has a DOCTYPE, which a genuine server never sends.',
    cure: 'Check the base URL of the server.',
  },
  'proto.answer': {
    exit: 'protocol',
    cause: 'A metadata response lacks a required value, or has an invalid one.',
    cure: 'Check the base URL and the version of the server.',
  },

  'inspect.format': {
    exit: 'protocol',
    cause: 'The header of the image is of another format than its metadata or its name says.',
    cure: 'Ask the owner of the image; --inspect warn accepts it.',
  },
  'inspect.backing-file': {
    exit: 'protocol',
    cause: 'The image has a backing file: whatever opens the image also reads that file, on the host where it runs.',
    cure: 'Ask the owner for an image that is complete in itself; --inspect warn accepts this one.',
  },
  'inspect.data-file': {
    exit: 'protocol',
    cause: 'The image keeps its data in another file, which whatever opens the image reads and writes on the host.',
    cure: 'Ask the owner for an image that is complete in itself; --inspect warn accepts this one.',
  },
  'inspect.extent': {
    exit: 'protocol',
    cause: 'The image only describes a disk whose data is in other files.',
    cure: 'Ask the owner for a monolithicSparse or streamOptimized image; --inspect warn accepts this one.',
  },
  'inspect.parent': {
    exit: 'protocol',
    cause: 'The image is only the difference from a parent image, which it names.',
    cure: 'Ask the owner for an image that is complete in itself; --inspect warn accepts this one.',
  },
  'inspect.header': {
    exit: 'protocol',
    cause: 'The header of the image is damaged or cut short, so that imgdl cannot tell what the image refers to.',
    cure: 'Ask the owner of the image; --inspect warn accepts it.',
  },

  'integrity.size': {
    exit: 'integrity',
    cause: 'The image does not have the expected size.',
    cure: 'Ask the owner of the image; the target was not touched.',
  },
  'integrity.digest': {
    exit: 'integrity',
    cause: 'The image does not match its digest, even after a second download.',
    cure: 'Ask the owner of the image; the target was not touched.',
  },
  'integrity.conflict': {
    exit: 'integrity',
    cause: 'Two digests of the same algorithm differ, so that no image can have both.',
    cure: 'Check the digests that you gave; if they are right, ask the owner of the image.',
  },
  'integrity.algorithm': {
    exit: 'integrity',
    cause: 'The image has a digest of an algorithm that imgdl does not know.',
    cure: 'Pass a checksum that you trust with --checksum.',
  },
  'integrity.unlisted': {
    exit: 'integrity',
    cause: 'The checksum file does not list the image.',
    cure: 'Check that --checksums names the checksum file of this image.',
  },
  'integrity.signature': {
    exit: 'integrity',
    cause: 'The checksum file is not signed by a key of --keyring, or it was changed after it was signed.',
    cure: 'Check the keyring and the checksum file; without --keyring no signature is required.',
  },
  'integrity.unproven': {
    exit: 'integrity',
    cause: 'The verification that --require demands is not possible.',
    cure: 'Add --checksum, or accept less with --require.',
  },

  'changed.remote': {
    exit: 'changed',
    cause: 'The remote image has changed since the partial download.',
    cure: 'Run again with --on-change restart, or --restart.',
  },

  'disk.full': {
    exit: 'no-space',
    cause: 'The disk is full, or the quota is used up.',
    cure: 'Free some space, then run again to resume.',
  },
  'disk.file-too-big': {
    exit: 'no-space',
    cause: 'The file system or a limit does not allow a file of this size.',
    cure: 'Use another file system, or raise ulimit -f.',
  },
  'fs.exists': {
    exit: 'filesystem',
    cause: 'The target exists.',
    cure: 'Use --force to replace it, --update to keep it up to date, or a different -o path.',
  },
  'fs.symlink': {
    exit: 'filesystem',
    cause: 'The target is a symbolic link.',
    cure: 'Use --force to replace the link itself, or use the real path.',
  },
  'fs.type': {
    exit: 'filesystem',
    cause: 'A directory, or something else that is not a regular file, is in the way.',
    cure: 'Use a different -o path.',
  },
  'fs.no-directory': {
    exit: 'filesystem',
    cause: 'The directory of the target does not exist, or is not a directory.',
    cure: 'Create it. With -o DIR/, imgdl creates DIR, but not the directory above it.',
  },
  'fs.mount': {
    exit: 'filesystem',
    cause: 'The target is a mount point of its own, or the file system cannot move a file to its name.',
    cure: 'Mount the directory instead of the single file, or use a different -o path.',
  },
  'fs.permission': {
    exit: 'filesystem',
    cause: 'Permission denied.',
    cure: 'Check the owner and mode of the directory.',
  },
  'fs.read-only': {
    exit: 'filesystem',
    cause: 'The file system is read-only.',
    cure: 'Use a different -o path, or mount the file system read-write.',
  },
  'fs.io': {
    exit: 'filesystem',
    cause: 'The disk reported an error.',
    cure: 'Check the disk. The next run trusts only what was written before the last checkpoint.',
  },
  'fs.fd-limit': { exit: 'filesystem', cause: 'Too many files are open.', cure: 'Raise ulimit -n.' },
  'fs.name': {
    exit: 'filesystem',
    cause: 'The file system does not accept the name.',
    cure: 'Use a shorter or simpler -o path.',
  },
  'fs.gone': {
    exit: 'filesystem',
    cause: 'The directory of the target was removed or replaced during the download.',
    cure: 'Run again.',
  },
  'fs.unsafe': {
    exit: 'filesystem',
    cause:
      'A file next to the target has a name that imgdl uses, but imgdl did not create it: it is a link, or it belongs to another user.',
    cure: 'Inspect it and remove it, or use a different -o path.',
  },
  'fs.other-part': {
    exit: 'filesystem',
    cause:
      'The partial download next to the target belongs to another source, and nothing proves that both have the same bytes.',
    cure: 'Use --restart to discard it, --checksum ALGO:HEX to prove that the image is the same, or a different -o path.',
  },
  'fs.newer-part': {
    exit: 'filesystem',
    cause: 'The partial download was written by a newer imgdl.',
    cure: 'Upgrade imgdl, or use --restart to discard it.',
  },
  'lock.held': {
    exit: 'locked',
    cause: 'Another imgdl is using this target, or may be using it from another host.',
    cure: 'Wait for it, or use --on-busy wait. After a crash, imgdl takes the lock over by itself. Only on a network file system can it not always tell: once you know that nobody uses the target, run imgdl clean --unlock PATH.',
  },
  'output.failed': {
    exit: 'output',
    cause: 'The result could not be written to stdout.',
    cure: 'Check where stdout goes. The message says whether the file itself is complete.',
  },
});

/** Names the kinds of this table. */
export type Code = keyof typeof CODES;

/** What an error is made of: a kind, or the code of one of this table. */
export type ErrorName = Code | ErrorKind;

export function kindOf(name: ErrorName): ErrorKind {
  return typeof name === 'string' ? CODES[name] : name;
}
