import type { Facts } from '../../facts.ts';

/** Does TURN take TLS connections? */
export const turnTls = (facts: Facts): boolean =>
  facts.flag('turn.enabled') && facts.number('turn.tls_port') > 0;
