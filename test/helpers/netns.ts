/** Networks of our own, of network namespaces: what firewalls and NAT do to meetings can be done to them for real. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { describeWith, findProgram } from './needs.ts';

export interface Namespace {
  /** The arguments that run `program` inside, of `ip`. */
  command(program: string, args: readonly string[]): string[];
  start(program: string, args: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Sets its firewall: rules of nft's `input` hook, one a line; none opens it again. */
  filter(...rules: string[]): void;
}

export interface Network {
  /** A namespace that is linked to others by {@link link}. */
  add(name: string, hosts?: Record<string, string>): Namespace;
  /** A cable between two, with an address in a /24 for each end. */
  link(a: [name: string, address: string], b: [name: string, address: string]): void;
  /** Runs `ip` inside a namespace. */
  ip(name: string, ...args: string[]): void;
  /** Has the host `inside`, behind `name`, answer at `name`'s address `outside`, as port forwarding does. */
  forward(name: string, outside: string, inside: string): void;
  close(): void;
}

let count = 0;

export function makeNetwork(): Network {
  count += 1;
  // The kernel takes 15 characters for the name of an interface.
  const prefix = `b${process.pid}n${count}`;
  const names = new Set<string>();
  const inside = (name: string, ...command: string[]) => run('ip', 'netns', 'exec', name, ...command);
  let cables = 0;
  const full = (name: string) => `${prefix}${name}`;
  return {
    add(short, hosts = {}) {
      const name = full(short);
      run('ip', 'netns', 'add', name);
      names.add(name);
      inside(name, 'ip', 'link', 'set', 'lo', 'up');
      // `ip netns exec` puts these in place of /etc's own. Nothing else is to be looked up.
      mkdirSync(`/etc/netns/${name}`, { recursive: true });
      const lines = Object.entries({ localhost: '127.0.0.1', ...hosts }).map(
        ([host, at]) => `${at} ${host}\n`,
      );
      writeFileSync(`/etc/netns/${name}/hosts`, lines.join(''));
      writeFileSync(`/etc/netns/${name}/resolv.conf`, 'nameserver 127.0.0.1\n');
      const command = (program: string, args: readonly string[]) => ['netns', 'exec', name, program, ...args];
      return {
        command,
        start: (program, args, options = {}) => spawn('ip', command(program, args), options),
        filter(...rules) {
          const chain = `chain input { type filter hook input priority 0; ${rules.join('; ')}; }`;
          inside(
            name,
            'nft',
            `add table inet filter; delete table inet filter; table inet filter { ${chain}\n}`,
          );
        },
      };
    },
    link([a, addressA], [b, addressB]) {
      cables += 1;
      const [endA, endB] = [`${prefix}c${cables}a`, `${prefix}c${cables}b`];
      run(
        'ip',
        'link',
        'add',
        endA,
        'netns',
        full(a),
        'type',
        'veth',
        'peer',
        'name',
        endB,
        'netns',
        full(b),
      );
      for (const [name, end, address] of [
        [full(a), endA, addressA],
        [full(b), endB, addressB],
      ] as const) {
        // Without duplicate address detection an address can be bound at once.
        inside(name, 'ip', 'address', 'add', `${address}/24`, 'dev', end);
        inside(name, 'ip', 'link', 'set', end, 'up');
      }
    },
    ip: (name, ...args) => void inside(full(name), 'ip', ...args),
    forward(name, outside, to) {
      inside(full(name), 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
      inside(
        full(name),
        'nft',
        `table ip nat { chain prerouting { type nat hook prerouting priority -100; ip daddr ${outside} dnat to ${to}; }\n}`,
      );
    },
    close() {
      for (const name of names) {
        run('ip', 'netns', 'delete', name);
        rmSync(`/etc/netns/${name}`, { recursive: true, force: true });
      }
    },
  };
}

/** A suite that makes networks; skipped, with a line, where that can't be done. */
export function describeWithNetworks(programs: string[], title: string, body: () => void): void {
  if (canMakeNetworks()) describeWith(programs, title, body);
  else describe.skip(`${title} (needs root, ip netns and nft)`, () => test.skip('everything', () => {}));
}

function canMakeNetworks(): boolean {
  if (process.getuid?.() !== 0 || !findProgram('ip') || !findProgram('nft')) return false;
  const name = `bedrud-try-${process.pid}`;
  try {
    run('ip', 'netns', 'add', name);
  } catch {
    return false;
  }
  try {
    run('ip', 'netns', 'exec', name, 'nft', 'add table inet filter');
    return true;
  } catch {
    return false;
  } finally {
    run('ip', 'netns', 'delete', name);
  }
}

function run(program: string, ...args: string[]): string {
  return execFileSync(findProgram(program) ?? program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
