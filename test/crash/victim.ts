import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxModes } from '#imgdl/sandbox/modes.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import type { LoggedRequest } from '#imgdl/sandbox/server/exchange.js';
import { cleanEnvironment, IMGDL } from '../support/imgdl.js';
import { type Ended, ended } from '../support/processes.js';

/** One way to the bytes of an image. */
export interface Way {
  readonly name: string;
  /** Name of the object in the sandbox. */
  readonly object: string;
  readonly modes: Partial<SandboxModes>;
  /** Is there a digest by which a complete target can be known? */
  readonly digest: boolean;
  args(sandbox: Sandbox): readonly string[];
  /** Is this the request for the bytes? */
  isData(request: LoggedRequest): boolean;
}

/** The ways that differ in how bytes are authorised, how they arrive and how a resume is proven. */
export const WAYS: readonly Way[] = [
  {
    name: 'UForge with one-time download ids',
    object: 'pimages/88',
    modes: { keysOnly: true },
    digest: true,
    args: () => ['appliance', 'pimage', '747', '88', '--via', 'key'],
    isData: ({ path }) => path.includes('/pimages/88/downloads'),
  },
  {
    name: 'Glance',
    object: 'glance/big-raw',
    modes: {},
    digest: true,
    args: ({ environment }) => ['glance', 'image', environment['SANDBOX_GLANCE_IMAGE'] ?? ''],
    isData: ({ path }) => path.endsWith('/file'),
  },
  {
    name: 'a URL with an ETag',
    object: 'files/image.raw',
    modes: {},
    digest: false,
    args: ({ urls }) => ['url', `${urls.files}/image.raw`],
    isData: ({ path }) => path === '/files/image.raw',
  },
  {
    name: 'a URL over four connections',
    object: 'files/image.raw',
    modes: {},
    digest: false,
    args: ({ urls }) => ['url', `${urls.files}/image.raw`, '--connections', '4'],
    isData: ({ path }) => path === '/files/image.raw',
  },
  {
    name: 'a URL without validators',
    object: 'files/image.raw',
    modes: { validators: 'absent' },
    digest: false,
    args: ({ urls }) => ['url', `${urls.files}/image.raw`],
    isData: ({ path }) => path === '/files/image.raw',
  },
];

export interface Scene {
  readonly sandbox: Sandbox;
  readonly directory: string;
  readonly target: string;
  /** Starts the same command again. */
  start(options?: StartOptions): Victim;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Another bin/imgdl.js than the real one. */
  readonly program?: string;
}

export interface Victim {
  readonly child: ChildProcess;
  readonly end: Promise<Ended>;
  readonly stderr: () => string;
  readonly stdout: () => string;
}

/** A sandbox of its own for one chain of runs: its log then belongs to nobody else. */
export async function openScene(way: Way, size: number, modes: Partial<SandboxModes> = {}): Promise<Scene> {
  const sandbox = await startSandbox({ size, ...way.modes, ...modes });
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-crash-'));
  const target = join(directory, 'disk.img');
  const running = new Set<ChildProcess>();
  return {
    sandbox,
    directory,
    target,
    start(options = {}) {
      const args = [...way.args(sandbox), '-o', target, '--progress', 'none', ...(options.args ?? [])];
      const child = spawn(process.execPath, [options.program ?? IMGDL, ...args], {
        env: { ...cleanEnvironment(), ...sandbox.environment, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running.add(child);
      let stderr = '';
      let stdout = '';
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      const end = ended(child).finally(() => running.delete(child));
      return { child, end, stderr: () => stderr, stdout: () => stdout };
    },
    async close() {
      for (const child of running) child.kill('SIGKILL');
      await sandbox.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
