import { type ErrorKind, errorKinds } from './error-kind.js';

/**
 * The kinds of errors that are no provider's own; a provider brings more. docs/errors.md is made of all of them; codes
 * are stable: scripts match on them.
 */
export const CODES = errorKinds({
  bug: {
    exit: 'bug',
    cause: 'An internal error of imgdl.',
    cure: 'Report it with the output of the same command and -v.',
  },

  'usage.arguments': { exit: 'usage', cause: 'The command line is not valid.', cure: 'See imgdl COMMAND --help.' },
  'usage.option': {
    exit: 'usage',
    cause: 'The value of an option or environment variable is not valid.',
    cure: 'Correct it as the message says.',
  },
  'usage.id': {
    exit: 'usage',
    cause: 'An id is not of the form the provider uses.',
    cure: 'Give the id or the exact name, in the form that the message says.',
  },
  'usage.url': {
    exit: 'usage',
    cause: 'A URL is malformed, has credentials in it, or is not http(s).',
    cure: 'Give an http(s) URL; keep user and password out of it.',
  },
  'usage.missing': {
    exit: 'usage',
    cause: 'Something needed was given neither as option, nor in the environment, nor in a file.',
    cure: 'Give what the message names.',
  },
  'usage.output': { exit: 'usage', cause: 'No file name can be derived from the source.', cure: 'Give -o FILE.' },
  'usage.platform': {
    exit: 'usage',
    cause: 'This platform is not supported.',
    cure: 'Run imgdl on Linux or macOS, on Windows in WSL.',
  },
  'config.read': {
    exit: 'usage',
    cause: 'A configuration file cannot be read or parsed.',
    cure: 'Correct the file or its path.',
  },
  'config.key': {
    exit: 'usage',
    cause: 'A configuration file has a key nobody knows, or a value of the wrong type.',
    cure: 'Correct or remove the key; the message suggests the nearest one.',
  },
  'config.format': {
    exit: 'usage',
    cause: 'A configuration file is not JSON or YAML.',
    cure: 'Use .yaml, .yml or .json; code is never executed.',
  },
  'config.permissions': {
    exit: 'usage',
    cause: 'A file with a secret can be read by others.',
    cure: 'chmod 600 FILE, or pass it as --password-file - <FILE.',
  },

  'auth.missing': {
    exit: 'auth',
    cause: 'The server wants credentials and none are configured.',
    cure: 'Give what the message names: a user with a password, API keys, a one-time id or a cloud.',
  },
  'auth.refused': {
    exit: 'auth',
    cause: 'The server refused the credentials.',
    cure: 'Check user, password, project and domain.',
  },
  'auth.forbidden': {
    exit: 'auth',
    cause: 'The credentials are good but do not permit this.',
    cure: 'Ask the owner or administrator for the permission.',
  },
  'auth.proxy': {
    exit: 'auth',
    cause: 'The proxy wants credentials (407).',
    cure: 'Put user and password into the proxy URL of the environment.',
  },

  'not-found.image': {
    exit: 'not-found',
    cause: 'There is no such image, or it is not visible to these credentials.',
    cure: 'Check the id and the user or project it belongs to.',
  },
  'not-found.ambiguous': {
    exit: 'not-found',
    cause: 'A name fits several images.',
    cure: 'Use one of the ids that the message lists.',
  },
  'not-found.url': { exit: 'not-found', cause: 'The server knows no such URL (404, 410).', cure: 'Check the URL.' },

  'not-ready.queued': {
    exit: 'not-ready',
    cause: 'The image is registered but has no data yet.',
    cure: 'Wait until it is active.',
  },
  'not-ready.generating': {
    exit: 'not-ready',
    cause: 'The image is still being generated.',
    cure: 'Run the command again when it is complete.',
  },
  'not-ready.failed': {
    exit: 'not-ready',
    cause: 'The generation of the image failed or was cancelled.',
    cure: 'Generate the image again.',
  },
  'not-ready.not-compressed': {
    exit: 'not-ready',
    cause: 'The image was generated to be published, not to be downloaded.',
    cure: 'Generate it with the option compress.',
  },
  'not-ready.simulated': {
    exit: 'not-ready',
    cause: 'The image is a simulation: only its dependencies were checked.',
    cure: 'Generate it for real.',
  },
  'not-ready.registry': {
    exit: 'not-ready',
    cause: 'The image lives in a container registry.',
    cure: 'Pull it as the message says.',
  },
  'not-ready.deactivated': {
    exit: 'not-ready',
    cause: 'An administrator deactivated the image.',
    cure: 'Ask for it to be reactivated.',
  },
  'not-ready.no-data': {
    exit: 'not-ready',
    cause: 'The server says that there are no data (204).',
    cure: 'The data were lost or never uploaded: ask the owner of the image.',
  },

  'net.dns': {
    exit: 'network',
    cause: 'The name of the server cannot be resolved.',
    cure: 'Check the name and the resolver; run again.',
  },
  'net.refused': { exit: 'network', cause: 'The server refuses connections.', cure: 'Check that it is up; run again.' },
  'net.connect-timeout': {
    exit: 'network',
    cause: 'No connection within the limit.',
    cure: 'Check the network; run again.',
  },
  'net.header-timeout': {
    exit: 'network',
    cause: 'The server did not answer within the limit.',
    cure: 'Run again; raise --timeout for slow stores.',
  },
  'net.reset': { exit: 'network', cause: 'The connection was reset.', cure: 'Run again: it continues.' },
  'net.truncated': { exit: 'network', cause: 'The body ended before its time.', cure: 'Run again: it continues.' },
  'net.stall': {
    exit: 'network',
    cause: 'No byte came within the limit.',
    cure: 'Run again: it continues; raise --timeout for slow stores.',
  },
  'net.slow': {
    exit: 'network',
    cause: 'Less than 1 KiB/s for a minute.',
    cure: 'Run again when the network is better.',
  },
  'net.unreachable': {
    exit: 'network',
    cause: 'There is no route to the server.',
    cure: 'Check the network; run again.',
  },
  'net.proxy': {
    exit: 'network',
    cause: 'The proxy cannot be reached or cannot reach the server.',
    cure: 'Check the proxy settings; imgdl never goes around a proxy.',
  },
  'net.deadline': {
    exit: 'network',
    cause: 'The time given with --deadline is over.',
    cure: 'Run again: it continues.',
  },
  'http.unavailable': {
    exit: 'network',
    cause: 'The server is overloaded or down (408, 425, 429, 5xx but 501 and 505).',
    cure: 'Run again later: it continues.',
  },
  'net.no-range': {
    exit: 'network',
    cause: 'A stream to stdout was cut and the server cannot continue it.',
    cure: 'Run again into a file.',
  },

  'tls.certificate': {
    exit: 'trust',
    cause: 'The certificate of the server is not to be trusted.',
    cure: 'Give its authority with --cacert FILE.',
  },
  'tls.protocol': {
    exit: 'trust',
    cause: 'The server does not speak TLS as expected.',
    cure: 'Check the port and the scheme of the URL.',
  },
  'tls.disabled': {
    exit: 'trust',
    cause: 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns verification off behind the back of every user.',
    cure: 'Unset it; use --cacert FILE, or --insecure where that is meant.',
  },
  'tls.downgrade': {
    exit: 'trust',
    cause: 'An https server redirects to http.',
    cure: 'Use the final URL if it is right, or report it to the operator.',
  },

  'proto.framing': {
    exit: 'protocol',
    cause: 'The answer is not valid HTTP, or its body is coded in a way that nobody asked for (Transfer-Encoding).',
    cure: 'Check the URL and what stands between you and the server.',
  },
  'proto.headers': {
    exit: 'protocol',
    cause: 'The header block is too large.',
    cure: 'Check the URL and what stands between you and the server.',
  },
  'proto.status': {
    exit: 'protocol',
    cause: 'The server answered with a status that makes no sense here.',
    cure: 'Check the URL; the message quotes the answer.',
  },
  'proto.not-modified': {
    exit: 'protocol',
    cause: 'The server says 304 although nothing was asked conditionally.',
    cure: 'Look for a broken cache between you and the server.',
  },
  'proto.range': {
    exit: 'protocol',
    cause: 'The server sent another range than was asked for, or another than it said.',
    cure: 'Look for a broken proxy; --restart fetches the whole again.',
  },
  'proto.encoding': {
    exit: 'protocol',
    cause: 'The body is compressed although identity was asked for: length and digest would lie.',
    cure: 'Ask the operator to switch compression off for images.',
  },
  'proto.not-image': {
    exit: 'protocol',
    cause: 'A web page or an error document came instead of the image, perhaps of a login or a proxy.',
    cure: 'Open the URL in a browser; check credentials and proxy.',
  },
  'proto.size': {
    exit: 'protocol',
    cause: 'The server announces another length than the metadata.',
    cure: 'Look for a broken proxy, or ask the owner of the image.',
  },
  'proto.redirect': {
    exit: 'protocol',
    cause: 'A redirect is endless, has no target, or points to something that is not http(s).',
    cure: 'Check the URL.',
  },
  'proto.body-limit': { exit: 'protocol', cause: 'A metadata answer is larger than 1 MiB.', cure: 'Check the URL.' },
  'proto.charset': { exit: 'protocol', cause: 'A metadata answer is not UTF-8.', cure: 'Check the URL.' },
  'proto.xml': {
    exit: 'protocol',
    cause: 'A metadata answer is not the XML it should be.',
    cure: 'Check the base URL of the server.',
  },
  'proto.doctype': {
    exit: 'protocol',
    cause: 'A metadata answer has a DOCTYPE, which no honest server sends.',
    cure: 'Check the base URL of the server.',
  },
  'proto.answer': {
    exit: 'protocol',
    cause: 'A metadata answer lacks what it must have, or has something impossible.',
    cure: 'Check the base URL and the version of the server.',
  },

  'integrity.size': {
    exit: 'integrity',
    cause: 'The number of bytes is not the promised one.',
    cure: 'Ask the owner of the image; the target was not touched.',
  },
  'integrity.digest': {
    exit: 'integrity',
    cause: 'The digest is not the promised one, twice.',
    cure: 'Ask the owner of the image; the target was not touched.',
  },
  'integrity.algorithm': {
    exit: 'integrity',
    cause: 'The image has a digest of an algorithm that is not known here.',
    cure: 'Give a digest that you trust with --checksum.',
  },
  'integrity.unproven': {
    exit: 'integrity',
    cause: 'The proof that --require asks for cannot be had.',
    cure: 'Give --checksum, or accept less with --require.',
  },

  'changed.remote': {
    exit: 'changed',
    cause: 'The remote object is not the one that the partial download belongs to.',
    cure: 'Run again with --on-change restart, or --restart.',
  },

  'disk.full': {
    exit: 'no-space',
    cause: 'No space or quota is left on the disk.',
    cure: 'Free space and run again: it continues.',
  },
  'disk.file-too-big': {
    exit: 'no-space',
    cause: 'The file system or a limit does not allow a file of this size.',
    cure: 'Use another file system, or raise ulimit -f.',
  },
  'fs.exists': {
    exit: 'filesystem',
    cause: 'The target exists.',
    cure: 'Use --force to replace it, --update to keep it current, or another -o.',
  },
  'fs.symlink': {
    exit: 'filesystem',
    cause: 'The target is a symbolic link.',
    cure: 'Use --force to replace the link itself, or give the real path.',
  },
  'fs.type': {
    exit: 'filesystem',
    cause: 'A directory or something else that is no regular file is in the way.',
    cure: 'Give another -o.',
  },
  'fs.no-directory': { exit: 'filesystem', cause: 'The directory of the target does not exist.', cure: 'Create it.' },
  'fs.permission': { exit: 'filesystem', cause: 'Permission denied.', cure: 'Check owner and mode of the directory.' },
  'fs.read-only': {
    exit: 'filesystem',
    cause: 'The file system is read-only.',
    cure: 'Give another -o, or mount it read-write.',
  },
  'fs.io': {
    exit: 'filesystem',
    cause: 'The disk reported an error.',
    cure: 'Check the disk; nothing since the last checkpoint is believed.',
  },
  'fs.fd-limit': { exit: 'filesystem', cause: 'Too many files are open.', cure: 'Raise ulimit -n.' },
  'fs.name': {
    exit: 'filesystem',
    cause: 'The file system does not accept the name.',
    cure: 'Give a shorter or simpler -o.',
  },
  'fs.gone': {
    exit: 'filesystem',
    cause: 'The directory of the target was removed or replaced during the download.',
    cure: 'Run again.',
  },
  'fs.unsafe': {
    exit: 'filesystem',
    cause: 'A file of the name that imgdl uses beside the target is not its own: a link, or of another user.',
    cure: 'Look at it and remove it, or give another -o.',
  },
  'fs.other-part': {
    exit: 'filesystem',
    cause: 'The partial download beside the target belongs to another source.',
    cure: 'Use --restart to give it up, or another -o.',
  },
  'fs.newer-part': {
    exit: 'filesystem',
    cause: 'The partial download was written by a newer imgdl.',
    cure: 'Upgrade, or use --restart to give it up.',
  },
  'lock.held': {
    exit: 'locked',
    cause: 'Another imgdl owns this target.',
    cure: 'Wait for it, or use --on-busy wait.',
  },
  'output.failed': {
    exit: 'output',
    cause: 'The result could not be written to stdout.',
    cure: 'Check where stdout goes; the file itself is complete when the message says so.',
  },
});

/** Names the kinds of this table. */
export type Code = keyof typeof CODES;

/** What an error is made of: a kind, or the code of one of this table. */
export type ErrorName = Code | ErrorKind;

export function kindOf(name: ErrorName): ErrorKind {
  return typeof name === 'string' ? CODES[name] : name;
}
