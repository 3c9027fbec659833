import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as FromRoot } from 'undici';
import { expect, it } from 'vitest';
import { Client } from '#imgdl/http/exchange/parser.js';

it("is undici's own client, where its releases keep it", () => {
  expect(Client).toBe(FromRoot);
});

it('does not load the rest of undici', () => {
  const program = `
    import { createRequire } from 'node:module';
    import '#imgdl/http/transport.js';
    console.log(Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('/undici/')).join('\\n'));
  `;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    encoding: 'utf8',
  });
  expect(loaded).toContain('/dispatcher/client.js');
  expect(loaded).not.toContain('/undici/index.js');
  expect(loaded).not.toContain('/web/fetch/');
});

it('is the only file that knows undici', () => {
  const folder = fileURLToPath(new URL('../../../src/http/', import.meta.url));
  const knows = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => /['"]undici\b/.test(readFileSync(`${folder}${name}`, 'utf8')));
  expect(knows).toEqual(['exchange/parser.ts']);
});
