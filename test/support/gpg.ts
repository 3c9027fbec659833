import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keys made for a test by the real gpg, and what they sign. */
export interface Signer {
  /** Their public halves, as they are exported. */
  publicKeys(format: 'binary' | 'armored', ...names: readonly string[]): Buffer;
  /** Several names: each signs. */
  sign(kind: 'clear' | 'detached' | 'detached-armored', text: string, ...names: readonly string[]): Buffer;
  close(): void;
}

/**
 * @param directory empty
 * @param names a key for each; `old` has expired
 */
export function makeSigner(directory: string, names: readonly string[]): Signer {
  const home = join(directory, 'gnupg');
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...args: readonly string[]): Buffer => {
    const quiet = ['--homedir', home, '--batch', '--yes', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];
    const { status, stdout, stderr } = spawnSync('gpg', [...quiet, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  for (const name of names) {
    const long = name === 'old' ? ['--faked-system-time', '20200101T000000!'] : [];
    gpg(...long, '--quick-gen-key', `${name} <${name}@example.com>`, 'ed25519', 'sign', name === 'old' ? '1d' : '0');
  }
  const by = (signers: readonly string[]): readonly string[] =>
    signers.flatMap((name) => [
      ...(name === 'old' ? ['--faked-system-time', '20200101T000010!'] : []),
      '--local-user',
      `${name}@example.com`,
    ]);
  return {
    publicKeys: (format, ...wanted) =>
      gpg(...(format === 'armored' ? ['--armor'] : []), '--export', ...wanted.map((name) => `${name}@example.com`)),
    sign(kind, text, ...signers) {
      const file = join(directory, 'to-sign');
      writeFileSync(file, text);
      const how = {
        clear: ['--clear-sign'],
        detached: ['--detach-sign'],
        'detached-armored': ['--armor', '--detach-sign'],
      };
      return gpg(...by(signers), '--output', '-', ...how[kind], file);
    },
    close: () => void spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']),
  };
}
