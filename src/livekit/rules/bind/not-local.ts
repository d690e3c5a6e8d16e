import { isIP } from 'node:net';
import { canonical } from '../../addresses.ts';
import { hostPort, listenersOf } from '../ports/listeners.ts';
import { docs, type Rule } from '../rule.ts';

/** On Linux, all of 127.0.0.0/8 is there without any interface saying so. */
const everywhere = /^(127\.|0\.0\.0\.0$|::$)/;

export const bindNotLocal: Rule = {
  id: 'bind/not-local',
  title: 'The addresses to listen on are this host’s',
  severity: 'error',
  why: 'the server says "cannot assign requested address" and ends. In a container, or behind NAT, the public address is none of the host’s',
  fix: 'write an address that an interface of this host has, or remove the key to listen on all',
  docs: docs.sample,
  *run(facts) {
    const listeners = listenersOf(facts).filter(({ addressAt }) => addressAt !== undefined);
    const local = listeners.length > 0 ? facts.addresses() : undefined;
    if (local === undefined) return;
    const told = new Set<string>();
    for (const listener of listeners) {
      const { address, addressAt = '', stage, order, network, prefix } = listener;
      if (isIP(address) === 0 || told.has(addressAt)) continue;
      const bare = canonical(address);
      if (everywhere.test(bare) || local.includes(bare)) continue;
      told.add(addressAt);
      // Without a zone nobody knows which link is meant.
      const linkLocal = /^fe80:/.test(bare) && !address.includes('%');
      const problem = linkLocal ? 'invalid argument' : 'cannot assign requested address';
      const prints = `${prefix}listen ${network} ${hostPort(listener)}: bind: ${problem}`;
      const message = `no interface of this host has the address ${address}`;
      yield { at: addressAt, message, stops: { stage, order, prints } };
    }
  },
};
