import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findDirectory, isDirectory, syncDirectory } from './directory.js';
import { errnoOf, fsError } from './errors.js';

/** The directory that `-o DIR/` names. It is made when an image is to go there, and its parent must exist. */
export class OutputDirectory {
  readonly path: string;
  #made = false;

  /** @param path absolute */
  constructor(path: string) {
    this.path = path.replace(/(?<=.)\/+$/, '');
  }

  /** Is it there, or does it only have to be made? @throws AppError fs.no-directory, fs.* */
  async check(): Promise<'there' | 'missing'> {
    if (await isDirectory(this.path)) return 'there';
    await findDirectory(dirname(this.path));
    return 'missing';
  }

  /** Makes it unless it is there. @throws AppError fs.no-directory, fs.* */
  async make(): Promise<void> {
    if ((await this.check()) === 'there') return;
    try {
      await mkdir(this.path);
      this.#made = true;
    } catch (error) {
      // Another image of the run, or another imgdl, was faster. What is there instead is looked at when it is used.
      if (errnoOf(error) === 'EEXIST') return;
      throw fsError(error, 'creating', this.path);
    }
    // Its name must survive a power cut as what is saved in it does; the file system that cannot is named with the image.
    await syncDirectory(dirname(this.path));
  }

  /** Leaves nothing behind where nothing was saved. */
  async removeIfUnused(): Promise<void> {
    if (this.#made) await rmdir(this.path).catch(() => {});
  }
}
