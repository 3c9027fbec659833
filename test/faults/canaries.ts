import { randomBytes } from 'node:crypto';

/** Secrets of one case, its own: what another case taught the masks must not hide a leak here. */
export interface Canaries {
  readonly password: string;
  readonly token: string;
  /** One-time keys begin with it. */
  readonly key: string;
  /** In the query of a plain URL. */
  readonly signature: string;
}

export function makeCanaries(): Canaries {
  const random = (): string => randomBytes(12).toString('hex');
  return {
    password: `Pw"<é ${random()}`,
    token: `gAAAAAB${random()}_-==`,
    key: `0tk${random()}`,
    signature: `s1g${random()}`,
  };
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
