/** What every step of one transfer is handed: what is wanted, with what it is done, and what is known by then. */
import type { ChecksumFile } from '../core/checksum-file.js';
import type { Clock } from '../core/clock.js';
import type { Digest } from '../core/digest.js';
import type { Report } from '../core/events.js';
import type { Transport } from '../core/http.js';
import type { Inspect } from '../core/inspection.js';
import type { ConnectionBudget, RateLimit } from '../core/limits.js';
import type { Remote, Source } from '../core/source.js';
import type { Workspace } from '../core/storage.js';
import type { TransferOptions } from '../core/transfer-options.js';
import type { Counters } from './counters.js';
import type { HasherFactory } from './digest/hasher.js';
import type { ReadAheadPool } from './digest/read-ahead-buffer.js';
import type { RetryBudget } from './retry-budget.js';

export interface TransferRequest {
  readonly source: Source;
  readonly options: TransferOptions;
  /** Lists digests of this image, perhaps among others. What it says of it joins `options.checksums`. */
  readonly checksumFile?: ChecksumFile;
  /** Value of clock.now() at which `--deadline` is over. */
  readonly deadlineAt?: number;
  /** `imgdl 1.2.3`, for receipts. */
  readonly tool: string;
}

export interface TransferPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly report: Report;
  /** Looks into the header of an image, unless `--inspect off`. */
  readonly inspect: Inspect;
  /** `--limit-rate`, shared by all images of a process. */
  readonly rateLimit?: RateLimit;
  /** Shared by all images of a process. */
  readonly budget: ConnectionBudget;
}

export interface DownloadPorts extends TransferPorts {
  /** Decides where the bytes of this remote object go. @throws AppError usage.output, fs.* */
  place(remote: Remote): Promise<Workspace>;
  /** start() of a pool of threads, or a test's own that holds a digest back. */
  readonly startHasher: HasherFactory;
  /** One for all images of a process. */
  readonly readAheadPool: ReadAheadPool;
}

/** A transfer whose object is described. */
export interface Transfer<Ports extends TransferPorts = TransferPorts> {
  readonly request: TransferRequest;
  readonly ports: Ports;
  readonly remote: Remote;
  readonly retries: RetryBudget;
  readonly counters: Counters;
  /** What came was wrong, perhaps from a cache on the way: the server itself is asked. */
  readonly pastCaches?: boolean;
  /**
   * The checksum file lists the image under no name that is known yet: what it says of the URL that answered.
   * @throws AppError integrity.unlisted, integrity.conflict
   */
  lookUp?(answeredBy: URL | undefined): readonly Digest[];
}

/** A transfer to a file, whose place is chosen. */
export interface FileTransfer extends Transfer<DownloadPorts> {
  readonly workspace: Workspace;
}
