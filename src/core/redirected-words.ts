import { redactUrl } from './redact.js';

/**
 * For a message about an answer: ` (redirected to https://mirror.example/x)`, or nothing where it came from the URL that was
 * asked. Without it, somebody looks for the mistake at the wrong server.
 * @param answered what answered, after all redirects; absent: what was asked
 */
export function redirectedWords(asked: URL, answered: URL | undefined): string {
  return answered === undefined || answered.href === asked.href ? '' : ` (redirected to ${redactUrl(answered)})`;
}

/** The same of an answer that says it itself. */
export function redirectionWords({ redirected }: { readonly redirected?: URL }): string {
  return redirected === undefined ? '' : ` (redirected to ${redactUrl(redirected)})`;
}
