import { redactUrl } from './redact.js';

/**
 * For a message about an answer: ` (redirected to https://mirror.example/x)`, or nothing where no redirect led to it.
 * Without it, somebody looks for the mistake at the wrong server.
 */
export function redirectedWords({ redirected }: { readonly redirected?: URL }): string {
  return redirected === undefined ? '' : ` (redirected to ${redactUrl(redirected)})`;
}
