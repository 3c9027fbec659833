/**
 * What hammr 3.8.13 asks an AppCenter, and which elements of each answer it uses without looking whether they are
 * there: written down from its behavior, request by request. A server without one of them makes hammr crash.
 */
export interface HammrRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the API's base; `{…}` is filled in with what an earlier answer said. */
  readonly path: string;
  /** hammr sends no credentials here. */
  readonly anonymous?: true;
  readonly status: number;
  /** Where the things are that it goes through, below the root; absent: the root itself. */
  readonly each?: string;
  /** Elements of each of them, with the form of their text. */
  readonly reads?: Readonly<Record<string, RegExp>>;
  /** Remembered from the first of them, under these names. */
  readonly remembers?: Readonly<Record<string, string>>;
}

const ID = /^\d+$/;
const NUMBER = /^\d+$/;
const FLAG = /^(true|false)$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TEXT = /./;
const PERCENTAGE = /^(100|\d\d?)$/;

const START: HammrRequest = {
  method: 'GET',
  path: 'status',
  anonymous: true,
  status: 200,
  reads: { version: /^3\.8\.13$/ },
};

const STATUS = {
  'status/complete': FLAG,
  'status/error': FLAG,
  'status/cancelled': FLAG,
  'status/percentage': PERCENTAGE,
  'status/message': TEXT,
} as const;

const IMAGE = {
  dbId: ID,
  name: TEXT,
  version: TEXT,
  revision: NUMBER,
  'targetFormat/name': TEXT,
  'targetFormat/format/name': TEXT,
  created: TIME,
  compress: FLAG,
  fileSize: NUMBER,
  parentUri: /^users\/alice\/(appliances\/\d+|scannedinstances\/\d+\/scans\/\d+|mysoftware\/\d+\/templates\/\d+)$/,
  uri: /^users\/alice\//,
  ...STATUS,
} as const;

const ALL_IMAGES: HammrRequest = {
  method: 'GET',
  path: 'users/alice/images',
  status: 200,
  each: 'images/image',
  reads: IMAGE,
};

const ALL_PUBLISHED: HammrRequest = {
  method: 'GET',
  path: 'users/alice/pimages',
  status: 200,
  each: 'publishImages/publishImage',
  reads: {
    dbId: ID,
    name: TEXT,
    imageUri: /\/images\/\d+$/,
    cloudId: TEXT,
    'credAccount/name': TEXT,
    'credAccount/targetPlatform/name': TEXT,
    ...STATUS,
  },
};

const EXPORT_STATUS = {
  complete: FLAG,
  error: FLAG,
  percentage: PERCENTAGE,
  message: TEXT,
} as const;

function exportOf(parent: string): readonly HammrRequest[] {
  const status = `${parent}/exports/{export}/status`;
  return [
    {
      method: 'POST',
      path: `${parent}/exports?outputFormat=yaml`,
      status: 201,
      reads: { dbId: ID, 'status/percentage': PERCENTAGE, 'status/complete': FLAG, 'status/error': FLAG },
      remembers: { export: 'dbId' },
    },
    { method: 'GET', path: status, status: 200, reads: { ...EXPORT_STATUS, complete: /^false$/ } },
    { method: 'GET', path: status, status: 200, reads: { ...EXPORT_STATUS, complete: /^true$/ } },
    { method: 'GET', path: `${parent}/exports/{export}/downloads`, status: 200 },
    { method: 'DELETE', path: `${parent}/exports/{export}`, status: 204 },
  ];
}

const DISTRIBUTION = {
  'distribution/name': TEXT,
  'distribution/version': TEXT,
  'distribution/arch': TEXT,
} as const;

/** hammr's commands, each as what it sends. */
export const HAMMR: Readonly<Record<string, readonly HammrRequest[]>> = {
  'image list': [START, ALL_IMAGES, ALL_PUBLISHED],
  'image info, of an appliance': [
    START,
    ALL_IMAGES,
    {
      method: 'GET',
      path: 'users/alice/appliances/747',
      status: 200,
      reads: { dbId: ID, distributionName: TEXT, archName: TEXT, description: TEXT },
    },
    ALL_PUBLISHED,
  ],
  'image info, of a scan': [
    START,
    ALL_IMAGES,
    { method: 'GET', path: 'users/alice/scannedinstances/12', status: 200, reads: { dbId: ID, ...DISTRIBUTION } },
    ALL_PUBLISHED,
  ],
  'image info, of a container template': [
    START,
    ALL_IMAGES,
    { method: 'GET', path: 'users/alice/mysoftware/718', status: 200, reads: { dbId: ID, description: TEXT } },
    { method: 'GET', path: 'users/alice/mysoftware/718/templates/130', status: 200, reads: DISTRIBUTION },
    ALL_PUBLISHED,
  ],
  'image download': [
    START,
    { ...ALL_IMAGES, remembers: { link: 'downloadUri' } },
    { method: 'GET', path: '{link}', anonymous: true, status: 200 },
  ],
  'template list': [
    START,
    ALL_IMAGES,
    {
      method: 'GET',
      path: 'users/alice/appliances',
      status: 200,
      each: 'appliances/appliance',
      reads: {
        dbId: ID,
        name: TEXT,
        version: TEXT,
        distributionName: TEXT,
        archName: TEXT,
        created: TIME,
        lastModified: TIME,
        nbUpdates: NUMBER,
        imported: FLAG,
        shared: FLAG,
        uri: /^users\/alice\/appliances\/\d+$/,
      },
    },
  ],
  'image publish, which looks for its template': [
    START,
    {
      method: 'GET',
      path: `users/alice/appliances?query=${encodeURIComponent("name=='web-server';version=='1.2'")}`,
      status: 200,
      each: 'appliances/appliance',
      reads: { dbId: /^752$/ },
    },
    {
      method: 'GET',
      path: `users/alice/appliances/752/images?query=${encodeURIComponent("targetFormat.name=='QCOW2'")}`,
      status: 200,
      each: 'images/image',
      reads: { ...IMAGE, 'targetFormat/name': /^QCOW2$/ },
    },
  ],
  'template export': [
    START,
    { method: 'GET', path: 'users/alice/appliances/752', status: 200, reads: { dbId: ID, name: TEXT } },
    ...exportOf('users/alice/appliances/752'),
  ],
  'bundle list': [
    START,
    {
      method: 'GET',
      path: 'users/alice/mysoftware',
      status: 200,
      each: 'mySoftwareList/mySoftware',
      reads: { dbId: ID, name: TEXT, version: TEXT, description: TEXT, size: NUMBER, imported: FLAG },
    },
  ],
  'bundle export': [
    START,
    { method: 'GET', path: 'users/alice/mysoftware/718', status: 200, reads: { dbId: ID, name: TEXT } },
    ...exportOf('users/alice/mysoftware/718'),
  ],
  'scan list': [
    START,
    {
      method: 'GET',
      path: 'users/alice/scannedinstances?includeScans=true',
      status: 200,
      each: 'scannedInstances/scannedInstance',
      reads: { dbId: ID, name: TEXT, ...DISTRIBUTION, 'scans/scan/dbId': ID },
    },
    {
      method: 'GET',
      path: 'users/alice/scannedinstances?includeScans=true',
      status: 200,
      each: 'scannedInstances/scannedInstance/scans/scan',
      reads: { dbId: ID, name: TEXT, ...STATUS },
    },
  ],
};
