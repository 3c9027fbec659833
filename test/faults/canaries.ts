import { randomInt } from 'node:crypto';

/** Secrets of one case, its own: what another case taught the masks must not hide a leak here. */
export interface Canaries {
  readonly password: string;
  readonly token: string;
  /** One-time keys begin with it. */
  readonly key: string;
  /** In the query of a plain URL. */
  readonly signature: string;
}

/** They look like words: what looks random is masked whether it is known or not. */
export function makeCanaries(): Canaries {
  return {
    password: `Pw"<é ${words()}`,
    token: `token_${words()}==`,
    key: `key.${words()}`,
    signature: `sign.${words()}`,
  };
}

/** `velum-takor-dinub` */
function words(): string {
  const letter = (from: string): string => from.charAt(randomInt(from.length));
  const word = (): string => [...'cvcvc'].map((kind) => letter(kind === 'v' ? 'aeiou' : 'bdfgklmnprstvz')).join('');
  return [word(), word(), word()].join('-');
}

/** The ways in which a secret may appear in text, as someone who greps a log would look for it. */
export function writingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ v: secret }).toString().slice(2),
      JSON.stringify(secret).slice(1, -1),
      bytes.toString('hex'),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
    ]),
  ];
}
