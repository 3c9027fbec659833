/**
 * How the sandbox behaves. All of it can be changed while it runs, for every path or for those with a prefix.
 * A count is how many of the next answers behave so; Infinity means all.
 */
export interface SandboxModes {
  // ---- how bytes flow -----------------------------------------------------------------------------
  /** Bytes per second of one connection, spread evenly; undefined: as fast as it goes. */
  rate: number | undefined;
  /** Body bytes after which a connection is cut; undefined: never. */
  cutAfter: number | undefined;
  /** Count: how many connections `cutAfter` still cuts. */
  cuts: number;
  /** `fin`: a clean end of the TCP stream. `reset`: RST, which may overtake bytes on their way. */
  cutBy: 'fin' | 'reset';
  /** Body bytes after which nothing more is sent while the connection stays open; undefined: never. */
  stallAfter: number | undefined;
  /** Count: how many answers `stallAfter` still stalls. */
  stalls: number;
  /** Wait before the status line of a data answer. */
  delayMs: number;
  // ---- how a data answer looks ----------------------------------------------------------------------
  /** false: UForge and plain files ignore Range (200), Glance answers 400 as its stores that cannot seek do. */
  ranges: boolean;
  /** `shifted`: a 206 of other bytes than asked for. `refused`: 416 to every Range. */
  rangeFault: 'none' | 'shifted' | 'refused';
  /** `close`: neither Content-Length nor chunks, the end of the connection ends the body. */
  length: 'given' | 'chunked' | 'close';
  /** Bytes that follow the last one, where `length` is not `given`. */
  surplus: number;
  /** `default`: hex from Glance, none elsewhere. */
  contentMd5: 'default' | 'absent' | 'hex' | 'base64' | 'wrong';
  /** ETag and Last-Modified of UForge downloads and plain files. `changing`: new ones in every answer. */
  validators: 'present' | 'absent' | 'weak' | 'changing';
  /** Content-Disposition of UForge downloads and plain files. */
  disposition: string | undefined;
  /** `gzip`: the body is compressed although nobody may have asked for it. */
  coding: 'identity' | 'gzip';
  // ---- what goes wrong --------------------------------------------------------------------------------
  /** Count: data answers with one wrong byte, the middle one of what is sent. */
  corrupt: number;
  /** Count: data answers that are a login page with status 200. */
  loginPage: number;
  /** Count: data answers that are a 200 without any byte. */
  emptyBody: number;
  /** Count: data answers that are a 304 nobody asked for. */
  unasked304: number;
  /** Count: answers of any kind that are a 503. */
  unavailable: number;
  /** Value of the Retry-After of a 503, verbatim; undefined: none. */
  retryAfter: string | undefined;
  // ---- UForge -----------------------------------------------------------------------------------------
  /** Downloads with one-time keys only; credentials are refused there. */
  keysOnly: boolean;
  /** Answer to a spent, foreign or invented key. `html`: a login page with status 200. */
  deadKey: 401 | 403 | 404 | 'html';
  /** `many`: keys can be used again, as before 3.7.fp3. */
  keyUse: 'once' | 'many';
  /**
   * `per-get`: every GET of an object shows a new key. `voiding`: and the one before is dead. `after-use`: the same until
   * it is spent.
   */
  keyMint: 'after-use' | 'per-get' | 'voiding';
  /** `bare`: without the key, as of bug 8437. */
  downloadUri: 'keyed' | 'bare' | 'absent';
  pimageUri: 'keyed' | 'bare' | 'absent';
  /** Name of the query parameter that carries the key of a published image. */
  pimageParameter: 'id' | 'downloadId' | 'both';
  /** md5sum and sha256sum in the metadata of images that have them. */
  sums: 'right' | 'wrong' | 'absent';
  /** Answer JSON to who does not ask for XML by name. */
  json: boolean;
  /** What a list of one entry is in JSON: some libraries write the entry itself. */
  jsonSingle: 'array' | 'object';
  /** The lists of all images and all published images of a user: refused with this status. */
  wideLists: 'served' | 403 | 404;
  /** The most entries of a list in one answer, whatever was asked for (Glance too); undefined: no limit of its own. */
  pageCap: number | undefined;
  /** `ignored`: a page is the whole list. `repeats`: every page is the first one. */
  paging: 'honored' | 'ignored' | 'repeats';
  /** `total` of a list: all that match, those of this page, one too many, or none. */
  listTotal: 'matches' | 'page' | 'more' | 'absent';
  /** Count: lists without their last entry, although `total` has it. */
  shortLists: number;
  /** So many characters more in every entry of a list. */
  entryPadding: number;
  /** `query` of a list: obeyed, ignored, or answered with 400. */
  fiql: 'obeyed' | 'ignored' | 'refused';
  /** How long it takes to generate or save an image that takes time (Glance too). */
  generationMs: number;
  /** It begins with the sandbox, or when somebody first asks for the image itself or its status. */
  generationStarts: 'start' | 'asked';
  /** In Glance: `active` or `killed`. */
  generationEnds: 'complete' | 'error' | 'cancelled';
  /** How long an export takes, from its first status on. */
  exportMs: number;
  exportEnds: 'complete' | 'error' | 'cancelled';
  /** Status of the answer to a DELETE of an export; only 204 deletes it. */
  exportDelete: 204 | 403 | 404 | 500;
  /** Body of an error; `default` follows the format asked for. */
  errorBody: 'default' | 'xml' | 'json' | 'html' | 'empty';
  // ---- OpenStack --------------------------------------------------------------------------------------
  /** Life of a token from Keystone. */
  tokenLifeMs: number;
  /** What follows the image endpoint in the catalog: '', '/', '/v2', '/v2/', '/v1'. */
  catalogSuffix: string;
  /** false: a catalog without image service. */
  imageService: boolean;
  /** `literal`: an old Glance, which takes `in:` and `eq:` before a name as part of it. */
  nameOperators: 'parsed' | 'literal';
  /** Where a list's `next` leads: on, to the same page again, or to another host. */
  next: 'honest' | 'repeats' | 'elsewhere';
}

export const DEFAULT_MODES: SandboxModes = {
  rate: undefined,
  cutAfter: undefined,
  cuts: Number.POSITIVE_INFINITY,
  cutBy: 'fin',
  stallAfter: undefined,
  stalls: Number.POSITIVE_INFINITY,
  delayMs: 0,
  ranges: true,
  rangeFault: 'none',
  length: 'given',
  surplus: 0,
  contentMd5: 'default',
  validators: 'present',
  disposition: undefined,
  coding: 'identity',
  corrupt: 0,
  loginPage: 0,
  emptyBody: 0,
  unasked304: 0,
  unavailable: 0,
  retryAfter: '1',
  keysOnly: false,
  deadKey: 401,
  keyUse: 'once',
  keyMint: 'after-use',
  downloadUri: 'keyed',
  pimageUri: 'bare',
  pimageParameter: 'id',
  sums: 'right',
  json: false,
  jsonSingle: 'array',
  wideLists: 'served',
  pageCap: undefined,
  paging: 'honored',
  listTotal: 'matches',
  shortLists: 0,
  entryPadding: 0,
  fiql: 'obeyed',
  generationMs: 10_000,
  generationStarts: 'asked',
  generationEnds: 'complete',
  exportMs: 1500,
  exportEnds: 'complete',
  exportDelete: 204,
  errorBody: 'default',
  tokenLifeMs: 3_600_000,
  catalogSuffix: '',
  imageService: true,
  nameOperators: 'parsed',
  next: 'honest',
};

type CountName =
  | 'cuts'
  | 'stalls'
  | 'corrupt'
  | 'loginPage'
  | 'emptyBody'
  | 'unasked304'
  | 'unavailable'
  | 'shortLists';

/** The modes that hold for one request. */
export interface ModeView {
  get<K extends keyof SandboxModes>(name: K): SandboxModes[K];
  /** True while the count lasts; counts down. */
  take(name: CountName): boolean;
}

export interface ModeTable {
  /** For every path. Write to it at any time. */
  readonly all: SandboxModes;
  /** Modes for paths that start with `prefix`; the longest prefix that names a mode wins. */
  override(prefix: string, modes: Partial<SandboxModes>): void;
  clearOverrides(): void;
  at(path: string): ModeView;
}

export function createModes(initial: Partial<SandboxModes>): ModeTable {
  const all: SandboxModes = { ...DEFAULT_MODES, ...initial };
  const overrides: { readonly prefix: string; readonly modes: Partial<SandboxModes> }[] = [];
  const holder = (path: string, name: keyof SandboxModes): Partial<SandboxModes> =>
    overrides.find(({ prefix, modes }) => path.startsWith(prefix) && Object.hasOwn(modes, name))?.modes ?? all;
  return {
    all,
    override(prefix, modes) {
      overrides.unshift({ prefix, modes: { ...modes } });
      overrides.sort((a, b) => b.prefix.length - a.prefix.length);
    },
    clearOverrides() {
      overrides.length = 0;
    },
    at: (path) => ({
      get: <K extends keyof SandboxModes>(name: K) => holder(path, name)[name] as SandboxModes[K],
      take(name) {
        const modes = holder(path, name);
        const left = modes[name] ?? 0;
        if (left <= 0) return false;
        modes[name] = left - 1;
        return true;
      },
    }),
  };
}
