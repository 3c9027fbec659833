import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../support/processes.js';

/** A file system of its own on a file, whose power can be cut. */
export interface LoopDisk {
  readonly mountpoint: string;
  /**
   * Stops the file system as a power cut would (FS_IOC_SHUTDOWN without flushing the log) and mounts it again.
   * Nothing may be running on it afterwards.
   */
  shutdown(): void;
  /** Mounts it again after shutdown(): the journal of the file system is replayed. */
  remount(): void;
  remove(): void;
}

const MIB = 1024 * 1024;
/** Of the directory of a disk; the pid of the process that made it follows. */
const PREFIX = 'imgdl-loop-';

function run(command: string, args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(programPath(command) ?? command, args, {
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stderr;
}

/** File systems whose power can be cut, with what makes them and the size that they need. */
export const FILE_SYSTEMS = {
  ext4: { make: ['mkfs.ext4', '-q', '-F', '-m', '0'], size: 256 * MIB },
  xfs: { make: ['mkfs.xfs', '-q', '-f'], size: 320 * MIB },
} as const;
export type FileSystem = keyof typeof FILE_SYSTEMS;

/**
 * A file system on a file, of which only what is used takes room.
 * @throws Error where loop devices, mount or mkfs are not to be had
 */
export function mountLoopDisk(type: FileSystem): LoopDisk {
  const { make, size } = FILE_SYSTEMS[type];
  removeLeftDisks();
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const image = join(directory, 'disk');
  const mountpoint = join(directory, 'mnt');
  let mounted = false;
  const mount = (): void => {
    run('mount', ['-t', type, '-o', 'loop', image, mountpoint]);
    mounted = true;
    // Writing into the machine's own disk by mistake would fill it.
    run('mountpoint', ['-q', mountpoint]);
    if (statSync(mountpoint).dev === statSync('/').dev || statSync(mountpoint).dev === statSync(directory).dev) {
      throw new Error(`${mountpoint} is not a file system of its own`);
    }
  };
  const unmount = (): void => {
    // `-o loop` gives the device back with the mount.
    if (mounted) run('umount', [mountpoint]);
    mounted = false;
  };
  const remove = (): void => {
    try {
      unmount();
    } catch {
      run('umount', ['-l', mountpoint]);
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    mkdirSync(mountpoint);
    const [command, ...options] = make;
    run('truncate', ['-s', String(size), image]);
    run(command, [...options, image]);
    mount();
  } catch (error) {
    remove();
    throw error;
  }
  return {
    mountpoint,
    shutdown() {
      const ioctl = [
        'import fcntl, os, struct, sys',
        'fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack("I", 2))',
      ].join('\n');
      run('/usr/bin/python3', ['-c', ioctl, mountpoint]);
    },
    remount() {
      unmount();
      mount();
    },
    remove,
  };
}

/** A bench that was killed could not remove its disk: the next one does. */
function removeLeftDisks(): void {
  for (const name of readdirSync(tmpdir()).filter((it) => it.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    if (!Number.isInteger(pid) || existsSync(`/proc/${pid}`)) continue;
    const directory = join(tmpdir(), name);
    const mountpoint = join(directory, 'mnt');
    if (readFileSync('/proc/mounts', 'utf8').includes(` ${mountpoint} `)) run('umount', [mountpoint]);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Containers often have no loop devices, also where they are root: then this is left to machines that have. */
export function whyNoLoopDisk(type: FileSystem): string | undefined {
  try {
    mountLoopDisk(type).remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
