import { follow, newState, type TransferState } from './state.js';

// Until cli/ counts with state.ts itself.
export type Tally = TransferState;
export const EMPTY_TALLY: Tally = newState(0);
export const count = (tally: Tally, event: Parameters<typeof follow>[1]): Tally => follow(tally, event, 0);
