import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTargetDirectory } from '#imgdl/fs/target-directory.js';
import { scratch } from '../support/scratch.js';
import { ownerFacts } from './set-up.js';

describe('the directory of several targets', () => {
  it('is one for all images of a run, those that start together, too', async () => {
    const [path, owner] = [scratch(), ownerFacts()];
    const together = await Promise.all(Array.from({ length: 8 }, () => findTargetDirectory(path, owner)));
    expect(new Set([...together, await findTargetDirectory(path, owner)]).size).toBe(1);
  });

  it('is another one for another run, and when another one has its name', async () => {
    const path = join(scratch(), 'images');
    const owner = ownerFacts();
    mkdirSync(path);
    const before = await findTargetDirectory(path, owner);
    expect(await findTargetDirectory(path, ownerFacts())).not.toBe(before);
    renameSync(path, `${path}-old`);
    mkdirSync(path);
    const together = await Promise.all([findTargetDirectory(path, owner), findTargetDirectory(path, owner)]);
    expect(together[0]).toBe(together[1]);
    expect(together).not.toContain(before);
  });
});
