import { isIP } from 'node:net';
import { listenersOf } from '../ports/listeners.ts';
import { docs, type Rule } from '../rule.ts';

export const bindAddress: Rule = {
  id: 'bind/not-an-address',
  title: 'bind_addresses holds addresses',
  severity: 'error',
  why: 'a name is looked up when the server starts; one that doesn’t resolve ends it',
  fix: 'write IP addresses of this host, or remove the key to listen on all',
  docs: docs.sample,
  *run(facts) {
    const told = new Set<string>();
    for (const { address, addressAt, port, stage, order, prefix, network } of listenersOf(facts)) {
      if (addressAt === undefined || told.has(addressAt)) continue;
      if (address === '' || address === 'localhost' || isIP(address) !== 0) continue;
      told.add(addressAt);
      const message = `${addressAt.replace(/\.\d+$/, '')} holds ${address}, which is no address`;
      if (isHostName.test(address)) {
        yield { at: addressAt, severity: 'warning', message };
        continue;
      }
      const problem = /[[\]]/.test(address)
        ? `address [${address}]:${port}: missing port in address`
        : `lookup ${address}: no such host`;
      yield {
        at: addressAt,
        message,
        stops: { stage, order, prints: `${prefix}listen ${network}: ${problem}` },
      };
    }
  },
};

/** A name with a dot may resolve; whether it does is the network's business. */
const isHostName = /^[a-z\d_-]+(\.[a-z\d_-]+)*\.[a-z][a-z\d-]*\.?$/i;
