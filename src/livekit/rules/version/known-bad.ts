import { atLeast, compareVersions } from '../../versions.ts';
import { docs, type Rule } from '../rule.ts';

const bad: { when(version: string, turn: boolean): boolean; message: string; hint: string }[] = [
  {
    when: (version) => version === '1.5.1',
    message: '1.5.1 panics when it is given a key file',
    hint: 'use 1.5.2 or later',
  },
  {
    when: (version) => version === '1.9.10',
    message: '1.9.10 panics under load; its makers say not to use it',
    hint: 'use 1.9.11 or later',
  },
  {
    when: (version) => version === '1.10.0',
    message:
      '1.10.0 sends an empty IPv6 TURN address that breaks clients, and gathers on every docker bridge',
    hint: 'use 1.10.1 or later; 1.11.0 if docker runs on this host',
  },
  {
    when: (version) => version === '1.10.1',
    message: '1.10.1 gathers addresses on every docker bridge, which makes joining slow',
    hint: 'use 1.11.0 or later, or exclude the bridges with rtc.interfaces.excludes',
  },
  {
    when: (version, turn) => turn && compareVersions(version, '1.12.0') < 0,
    message:
      'before 1.12.0 TURN relays into private networks: anybody with a token reaches the hosts behind this one',
    hint: 'use 1.12.0 or later, or keep TURN off',
  },
];

/** What is wrong with a release. @param turn it relays */
export function faultsOf(version: string, turn: boolean): { message: string; hint: string }[] {
  return bad.filter(({ when }) => when(version, turn)).map(({ message, hint }) => ({ message, hint }));
}

export const knownBadVersion: Rule = {
  id: 'version/known-bad',
  title: 'The release has no fault that matters here',
  severity: 'warning',
  why: 'some releases are known to harm',
  fix: 'use another release',
  docs: docs.releases,
  *run(facts) {
    if (facts.root === undefined) return;
    for (const fault of faultsOf(facts.version, facts.flag('turn.enabled'))) yield { at: '', ...fault };
    if (!atLeast(facts.version, '1.9.10')) {
      const message = `clients made with livekit-client 2.18.1 or later can't join ${facts.version}`;
      yield { at: '', severity: 'info', message, hint: 'use 1.9.11 or later' };
    }
  },
};
