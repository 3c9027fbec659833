import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ended } from '../support/processes.js';

const SCRIPT = fileURLToPath(new URL('clients.py', import.meta.url));
/** Debian's: the modules belong to it. */
const PYTHON = '/usr/bin/python3';

const check = spawnSync(PYTHON, ['-c', 'import openstackclient.shell, glanceclient.shell']);
/** For `describe.skipIf(noClients)(…)`: python3-openstackclient and python3-glanceclient are not installed. */
export const noClients: boolean = check.status !== 0;

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands of OpenStack's own clients one after the other: `['openstack', 'image', 'list']`. */
export async function clients(
  commands: readonly (readonly string[])[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<readonly Printed[]> {
  const surroundings = { PATH: '/usr/bin:/bin', HOME: cwd, LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' };
  const child = spawn(PYTHON, [SCRIPT], { cwd, env: { ...surroundings, ...env } });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.end(JSON.stringify({ commands }));
  const { code } = await ended(child);
  if (code !== 0) throw new Error(`the clients ended with ${code}: ${Buffer.concat(err)}`);
  return JSON.parse(Buffer.concat(out).toString()) as readonly Printed[];
}
