export interface KeystoneProject {
  readonly id: string;
  readonly name: string;
}

export interface KeystoneUser {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  readonly admin: boolean;
  /** Names of projects the user has a role in. */
  readonly projects: readonly string[];
}

export const DOMAIN = { id: 'default', name: 'Default' } as const;

export const PROJECTS: readonly KeystoneProject[] = [
  { id: '5b9c222c425742ec9bbdc3e1c75df2b4', name: 'demo' },
  { id: 'eb3f75cd53c44132b0db4948cf9cfb3a', name: 'admin' },
  { id: 'cf7204442f634de786317d4f7b81de3c', name: 'other' },
];

export const USERS: readonly KeystoneUser[] = [
  { id: '77142a7bd74c4875a24b0f2bf59f6063', name: 'demo', password: 'demo-pw', admin: false, projects: ['demo'] },
  { id: '1f0c6f5ac1d24a66a3b3a8a9a9e0d5f1', name: 'admin', password: 'admin-pw', admin: true, projects: ['admin'] },
  { id: '2e7d9a4bb0f84c5e9d3f6b1c7a8e5d02', name: 'other', password: 'other-pw', admin: false, projects: ['other'] },
  { id: '3b6a8f2d4c1e4d7f8a9b0c1d2e3f4a5b', name: 'norole', password: 'norole-pw', admin: false, projects: [] },
];

/** Of the user demo, for the project demo. */
export const APPLICATION_CREDENTIAL = {
  id: '4014a17b04c14db1b199c13380ebcbdf',
  name: 'imgdl',
  secret: 'demo-appcred-secret',
  user: 'demo',
  project: 'demo',
} as const;
