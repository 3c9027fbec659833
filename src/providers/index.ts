import type { Provider } from '../core/provider.js';
import { provider as glance } from './openstack/index.js';
import { provider as uforge } from './uforge/index.js';
import { provider as plain } from './url/index.js';

/** Every provider; the order is that of help and manual, and of the question whose a URL is. The plain one takes all. */
export const PROVIDERS: readonly Provider[] = [uforge, glance, plain];
