import { expect, test } from 'vitest';
import { runHere } from '../support/in-process.js';
import { scratch } from '../support/scratch.js';
import { status } from './answers.js';
import { everywhere } from './at-services.js';
import { makeCanaries, writingsOf } from './canaries.js';
import type { FaultCase } from './fault-case.js';
import { type Reply, reply } from './origin.js';
import { catalogue } from './run-case.js';

/** Longest line that may hold a server's words. */
const LINE = 1200;
const short = (text: string): void => {
  for (const line of text.split('\n')) expect(line.length).toBeLessThan(LINE);
};

const HOSTILE: readonly (readonly [name: string, text: string])[] = [
  ['escape-codes', '\u001b[2J\u001b]0;owned\u0007\u009b31m\r\u0008'],
  ['carriage-return', 'x\rimgdl: done\r'],
  ['ci-commands', '\n::add-path::/tmp\n##vso[task.setvariable]x\n##teamcity[x]\nsection_start:1:x\r\u001b[0K'],
  ['bidi', 'abc\u202egpj.exe\u2066\u200b\ufeff'],
  ['combining', `a${'\u0301'.repeat(10_000)}`],
  ['a-megabyte', 'x'.repeat(1_000_000)],
  ['lone-surrogates', '\ud800\udfff\udc00'],
  ['nul', 'a\0b'],
];

const texts: readonly FaultCase[] = HOSTILE.flatMap(([name, text]) => [
  ...everywhere({
    id: `output/data-refused-with-${name}`,
    title: `the words of a refusal hold ${name.replaceAll('-', ' ')}`,
    data: [status(409, text, 'Content-Type: text/plain; charset=utf-8')],
    exit: 8,
    files: 'nothing',
    rerun: 'none',
    also: ({ stderr }) => short(stderr),
  }),
]);

/** What imgdl knows as a secret and has sent itself. */
const SENT = { url: ['signature'], uforge: ['password'], glance: ['password', 'token'] } as const;

/** The very secrets of the request come back in the answer. */
const echoes: readonly FaultCase[] = [403, 409, 500].flatMap((code) =>
  (['url', 'uforge', 'glance'] as const).flatMap((service) =>
    (['data', 'facts'] as const)
      .filter((place) => place === 'data' || service !== 'url')
      .map((place): FaultCase => {
        const echo: Reply = ({ request, origin }) =>
          reply(
            code,
            `${SENT[service].map((name) => origin.canaries[name]).join(' ')} ${request.raw}`,
            'Content-Type: text/plain',
          );
        return {
          id: `output/echo-${code}-of-${service}-${place}`,
          title: `${code} to the ${place} of ${service}, whose words hold the whole request`,
          service,
          [place]: [echo],
          args: service === 'uforge' && place === 'data' ? ['--via', 'key'] : [],
          exit: code === 500 ? 6 : code === 403 ? 3 : 8,
          files: 'nothing',
        };
      }),
  ),
);

catalogue('output', [...texts, ...echoes]);

test('help shows no value of a secret that the environment holds', async () => {
  const { password } = makeCanaries();
  const env = {
    IMGDL_PASSWORD: password,
    OS_PASSWORD: password,
    IMGDL_DOWNLOAD_ID: password,
    IMGDL_SECRET_KEY: password,
  };
  const directory = scratch();
  for (const words of [
    ['--help'],
    ['appliance', 'image', '--help'],
    ['glance', 'image', '--help'],
    ['url', '--help'],
  ]) {
    const said = await runHere(words, { cwd: directory, home: directory, env });
    expect(said.code).toBe(0);
    for (const writing of writingsOf(password)) expect(said.stdout + said.stderr).not.toContain(writing);
  }
});
