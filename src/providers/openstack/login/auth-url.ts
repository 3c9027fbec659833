/** What is wrong with an address of Keystone; undefined for one that can be asked. Never its text: it may have a password. */
export function addressFault(authUrl: string): string | undefined {
  if (!URL.canParse(authUrl)) return 'is not a URL';
  const { protocol, username, password } = new URL(authUrl);
  if (protocol !== 'http:' && protocol !== 'https:') return 'is not http(s)';
  return username === '' && password === '' ? undefined : 'contains a user name or password';
}

export const ADDRESS_HINT = 'write it as https://HOST/identity/v3';
