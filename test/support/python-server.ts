import { spawn } from 'node:child_process';
import { programPath, stop } from './processes.js';

export interface PythonServer {
  /** Without a trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

export const hasPython = programPath('python3') !== undefined;

/** `python3 -m http.server`: no Range, no ETag, and If-Modified-Since as it was in 1996. @param directory that it serves */
export async function startPythonServer(directory: string): Promise<PythonServer> {
  const args = ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', directory];
  const child = spawn('python3', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const port = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('close', () => reject(new Error(`python3 -m http.server ended: ${said}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, found] = /port (\d+)/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => stop(child) };
}
