import { dropTls, dropUnknown } from './drop-keys.ts';
import { moveKeys } from './move-keys.ts';
import { rewriteNodeIp } from './node-ip.ts';
import type { FindStep } from './step.ts';
import { allowPrivatePeers, bindTurn } from './turn.ts';

/** What migrating consists of, in the order in which it is tried, again from the start after each change. */
export const steps: readonly FindStep[] = [
  moveKeys,
  dropTls,
  rewriteNodeIp,
  dropUnknown,
  allowPrivatePeers,
  bindTurn,
];
