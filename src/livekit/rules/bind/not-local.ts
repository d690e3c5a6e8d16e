import { isIP } from 'node:net';
import { canonical } from '../../addresses.ts';
import { listenersOf } from '../ports/listeners.ts';
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
    const listeners = listenersOf(facts).filter(({ addresses }) => addresses.length > 0);
    const local = listeners.length > 0 ? facts.addresses() : undefined;
    if (local === undefined) return;
    const told = new Set<string>();
    for (const { addresses, stage, network, port, prefix } of listeners) {
      const key = stage === 'turn' ? 'turn.bind_addresses' : 'bind_addresses';
      for (const address of addresses) {
        if (isIP(address) === 0 || everywhere.test(address) || local.includes(canonical(address))) continue;
        const at = `${key}.${facts.list(key).indexOf(address)}`;
        if (told.has(at)) continue;
        told.add(at);
        const host = address.includes(':') ? `[${address}]` : address;
        const prints = `${prefix}listen ${network} ${host}:${port}: bind: cannot assign requested address`;
        yield {
          at,
          message: `no interface of this host has the address ${address}`,
          stops: { stage, prints },
        };
      }
    }
  },
};
