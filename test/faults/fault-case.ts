import type { Seen, Step } from '../support/fault-server.js';
import type { ResultDocument } from '../support/imgdl.js';
import type { Fault } from '../support/tcp-front.js';
import type { TlsMaterial } from '../support/tls-material.js';
import type { Origin, RemoteObject, Reply, Script, Service } from './origin.js';

/**
 * What lies in the directory afterwards:
 * - `nothing`: what was there before, the same inodes, and nothing else; no byte of the image need have come
 * - `removed`: the same, although bytes of the image had come
 * - `kept`: the target untouched, and a part with a journal beside it
 * - `complete`: the target, right to the last byte, and nothing else
 */
export type Files = 'nothing' | 'removed' | 'kept' | 'complete';

/** One fault, how the run must end, and what is then on disk. Data: run-case.ts does the rest. */
export interface FaultCase {
  /** `area/what-happens`: stable, so that it can be talked about. */
  readonly id: string;
  readonly title: string;
  /** A plain URL unless told. */
  readonly service?: Service;
  /** Answers to the first requests; a sound server answers the rest, or where the run must fail, the last for ever. */
  readonly data?: readonly Reply[];
  readonly facts?: readonly Reply[];
  readonly logIn?: readonly Reply[];
  readonly persists?: boolean;
  readonly record?: Script['record'];
  readonly token?: Script['token'];
  readonly validators?: Script['validators'];
  readonly object?: RemoteObject;
  readonly tls?: (material: TlsMaterial) => { readonly cert: string; readonly key: string };
  /** Not the scheme that the server speaks. */
  readonly scheme?: 'http' | 'https';
  /** What the server says on every connection before it is asked. */
  readonly greeting?: Script['greeting'];
  /** What is wrong below HTTP and TLS, on the way. */
  readonly front?: Fault;
  /** 127.0.0.2 unless told: with the host of the server only the port is another. */
  readonly foreignHost?: string;
  /** Answers of the other origin: a proxy, or where a redirect leads. */
  readonly foreign?: (request: Seen, place: CasePlace) => readonly Step[];
  /** Byte at which an earlier run was cut. Its part and journal lie there. */
  readonly heldTo?: number;
  /** Between the earlier run and this one. */
  readonly meanwhile?: (place: CasePlace) => void;

  /** Instead of those of the service. */
  readonly words?: (place: CasePlace) => readonly string[];
  /** Beside `--json -v -o disk.img --retries`. */
  readonly args?: readonly string[] | ((place: CasePlace) => readonly string[]);
  readonly env?: (place: CasePlace) => Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The file that must be there in the end: `disk.img` unless told. Another one is not asked for with `-o`. */
  readonly fileName?: string;
  /** Of the run: 0 where it must fail, unless told; else 3. */
  readonly retries?: number;
  /** Is a file in the way that `--force` may replace? Yes where the run must fail: it must survive. */
  readonly previous?: boolean;

  readonly exit: number;
  /** `error.code`; of a run that succeeds, the code of a warning. */
  readonly code?: string | RegExp;
  readonly files: Files;
  /** Status of the document. */
  readonly status?: string;
  readonly verified?: string;
  /** In the message or its hint. */
  readonly says?: RegExp;
  /**
   * The same command against a sound server ends with exit 0. It fetches what is missing; `all`: everything again, since
   * nothing proves what is kept; `none`: the command is at fault, and no server can help.
   */
  readonly rerun?: 'rest' | 'all' | 'none';
  /** Why the contract decides otherwise than one might expect. */
  readonly contract?: string;
  readonly also?: (ran: Ran) => void | Promise<void>;
}

/** Where a case runs. */
export interface CasePlace {
  readonly origin: Origin;
  /** Another origin, which must get no credential. */
  readonly foreign: Origin;
  readonly directory: string;
  readonly home: string;
  readonly target: string;
}

/** What came of it. */
export interface Ran extends CasePlace {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly document: ResultDocument;
  /** Bytes kept from before the run. */
  readonly held: number;
}
