import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { failure } from '../../src/core/errors.ts';
import { makeMetrics } from '../../src/server/metrics/index.ts';
import { type Reconciler, startReconciler } from '../../src/server/reconcile/index.ts';
import { reconcile } from '../../src/server/reconcile/round.ts';
import type { Census, LiveParticipant } from '../../src/sfu/census.ts';
import { type DatabaseLocation, openStore, type Store } from '../../src/store/index.ts';
import { onEachDatabase } from '../helpers/databases.ts';
import { until } from '../helpers/poll.ts';
import { memoryLog } from './helpers.ts';

let store: Store;
/** LiveKit: its rooms, by name. */
let rooms: Map<string, { sid: string; there: LiveParticipant[] }>;
/** What was asked of it. */
let asked: string[];
let listing: (room: string) => Promise<void>;

const census: Census = {
  async rooms() {
    asked.push('rooms');
    return [...rooms].map(([name, { sid, there }]) => ({ name, sid, participants: there.length }));
  },
  async participants(room) {
    asked.push(room);
    const there = [...(rooms.get(room)?.there ?? [])];
    await listing(room);
    return there;
  },
};
const one = (sid: string, identity: string): LiveParticipant => ({
  sid,
  identity,
  name: '',
  kind: 'standard',
  joinedAt: 1_000,
});
const live = (name: string, sid: string, ...there: LiveParticipant[]) => rooms.set(name, { sid, there });

async function makeRoom(name: string): Promise<string> {
  const room = { createdBy: 'ana', mode: 'standard', isPublic: true, maxParticipants: 9, settings: {} };
  return (await store.rooms.create({ ...room, name })).id;
}
const fact = (roomId: string, roomSid: string, { sid, identity }: LiveParticipant) => ({
  sid,
  identity,
  roomId,
  roomSid,
  name: '',
  joinedAt: 1_000,
});
const open = async () => (await store.sessions.open()).map(({ sid }) => sid).sort();
/** Those in rooms that were looked into. */
let looked: Record<string, readonly string[]>;
const lookAtThoseIn = async (room: string, identities: readonly string[]) => {
  looked[room] = identities;
};
const round = (thorough = true) => reconcile({ store, census, thorough, lookAtThoseIn });

onEachDatabase(reconciles);

/** What holds on every kind of database. */
function reconciles(empty: () => Promise<DatabaseLocation>): void {
  beforeEach(async () => {
    store = await openStore(await empty());
    rooms = new Map();
    asked = [];
    looked = {};
    listing = async () => {};
  }, 30_000);
  afterEach(() => store?.close());

  describe('a round', () => {
    test('adds who came and ends who went while nobody told', async () => {
      const id = await makeRoom('standup');
      await store.sessions.joined(fact(id, 'RM_1', one('PA_1', 'ana')));
      await store.sessions.joined(fact(id, 'RM_1', one('PA_2', 'ben')));
      live('standup', 'RM_1', one('PA_2', 'ben'), one('PA_3', 'cy'));
      expect(await round()).toEqual({ joined: 1, left: 1, reopened: 0 });
      expect(await open()).toEqual(['PA_2', 'PA_3']);
      expect(looked).toEqual({ standup: ['ben', 'cy'] });
      expect(await round()).toEqual({ joined: 0, left: 0, reopened: 0 });
    });

    test('ends the sessions of rooms that ended, and asks for none of them', async () => {
      for (let i = 0; i < 1000; i += 1) {
        const id = await makeRoom(`room-${i}`);
        await store.sessions.joined(fact(id, `RM_${i}`, one(`PA_${i}`, 'ana')));
      }
      expect(await round()).toEqual({ joined: 0, left: 1000, reopened: 0 });
      expect(asked).toEqual(['rooms']);
    });

    test('opens again what was taken to be over', async () => {
      const id = await makeRoom('standup');
      await store.sessions.left(fact(id, 'RM_1', one('PA_1', 'ana')), 2_000);
      live('standup', 'RM_2', one('PA_1', 'ana'));
      expect(await round()).toEqual({ joined: 0, left: 0, reopened: 1 });
      expect(await store.sessions.open()).toMatchObject([{ sid: 'PA_1', roomSid: 'RM_2' }]);
    });

    test('never undoes a webhook that comes meanwhile', async () => {
      const id = await makeRoom('standup');
      const [ana, ben, cy] = [one('PA_1', 'ana'), one('PA_2', 'ben'), one('PA_3', 'cy')];
      await store.sessions.joined(fact(id, 'RM_1', ana));
      live('standup', 'RM_1', ana, ben);
      listing = async () => {
        listing = async () => {};
        // Both happen after LiveKit listed who is there.
        live('standup', 'RM_1', ben, cy);
        await store.sessions.left(fact(id, 'RM_1', ana), 2_000);
        await store.sessions.joined(fact(id, 'RM_1', cy));
      };
      await round();
      expect(await open()).toEqual(['PA_2', 'PA_3']);
    });

    test('leaves out whose name no database takes, and takes a name as well as it can', async () => {
      await makeRoom('a');
      live('a', 'RM_a', one('PA_1', 'x'.repeat(5_000)), one('PA_2', 'an\0a'), one('PA_3', '\\u0000'));
      expect(await round()).toEqual({ joined: 2, left: 0, reopened: 0 });
      expect(await open()).toEqual(['PA_2', 'PA_3']);
      expect(looked['a']).toEqual(['an\0a', '\\u0000']);
      expect(await round()).toEqual({ joined: 0, left: 0, reopened: 0 });
    });

    test('leaves rooms alone that others made on the same SFU', async () => {
      live('elsewhere', 'RM_1', one('PA_1', 'ana'));
      expect(await round()).toEqual({ joined: 0, left: 0, reopened: 0 });
      expect(asked).toEqual(['rooms']);
    });

    test('looks into rooms only where the list tells of a difference, or when it is thorough', async () => {
      const quiet = await makeRoom('quiet');
      await store.sessions.joined(fact(quiet, 'RM_1', one('PA_1', 'ana')));
      live('quiet', 'RM_1', one('PA_9', 'ana'));
      const busy = await makeRoom('busy');
      await store.sessions.joined(fact(busy, 'RM_2', one('PA_2', 'ben')));
      live('busy', 'RM_2', one('PA_2', 'ben'), one('PA_3', 'cy'));
      const again = await makeRoom('again');
      await store.sessions.joined(fact(again, 'RM_3', one('PA_4', 'dee')));
      live('again', 'RM_4', one('PA_5', 'dee'));
      await makeRoom('empty');
      live('empty', 'RM_5');
      await round(false);
      expect(asked.toSorted()).toEqual(['again', 'busy', 'rooms']);
      expect(await open()).toEqual(['PA_1', 'PA_2', 'PA_3', 'PA_5']);
      await round(true);
      expect(await open()).toEqual(['PA_2', 'PA_3', 'PA_5', 'PA_9']);
    });

    test('looks into a thousand rooms a few at a time', { timeout: 60_000 }, async () => {
      for (let i = 0; i < 1000; i += 1) {
        await makeRoom(`room-${i}`);
        live(`room-${i}`, `RM_${i}`, one(`PA_${i}`, 'ana'));
      }
      let [under, most] = [0, 0];
      listing = async () => {
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setTimeout(resolve, 2));
        under -= 1;
      };
      expect(await round()).toEqual({ joined: 1000, left: 0, reopened: 0 });
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(8);
      expect(asked).toHaveLength(1001);
    });

    test('that fails keeps what it put right by then', async () => {
      await makeRoom('first');
      live('first', 'RM_1', one('PA_1', 'ana'));
      await makeRoom('second');
      live('second', 'RM_2', one('PA_2', 'ben'));
      listing = async (room) => {
        if (room === 'second') throw failure('sfu/unreachable', { url: 'x', reason: 'gone', hint: '' });
      };
      await expect(round()).rejects.toMatchObject({ code: 'sfu/unreachable' });
      expect(await open()).toEqual(['PA_1']);
    });
  });

  describe('the reconciler', () => {
    const running: Reconciler[] = [];
    afterEach(async () => {
      await Promise.all(running.splice(0).map((reconciler) => reconciler.close()));
    });
    function start(over: Partial<Parameters<typeof startReconciler>[0]> = {}) {
      const { log, text } = memoryLog();
      const metrics = makeMetrics();
      const usual = { store, census: () => census, lookAtThoseIn, metrics, log, intervalMs: 3_600_000 };
      const options = { ...usual, ...over };
      const reconciler = startReconciler(options);
      running.push(reconciler);
      return { reconciler, metrics, text };
    }

    test('begins with a round, and has another when asked', async () => {
      await makeRoom('standup');
      live('standup', 'RM_1', one('PA_1', 'ana'));
      const { reconciler, metrics, text } = start();
      await until('the first round', () => metrics.rounds.counts.healed === 1);
      expect(metrics.healed.counts).toEqual({ joined: 1, left: 0, reopened: 0 });
      expect(text()).toContain('"reason":"start"');
      rooms.clear();
      reconciler.request('reconnect');
      await until('the second round', () => metrics.rounds.counts.healed === 2);
      expect(await open()).toEqual([]);
      expect(text()).toContain('"reason":"reconnect"');
    });

    test('archives rooms that nobody comes to any more', async () => {
      await makeRoom('standup');
      const later = Date.now() + 86_400_000 + 60_000;
      vi.useFakeTimers({ toFake: ['Date'], now: later });
      const { text } = start();
      await until('it is archived', async () => (await store.rooms.byName('standup'))?.state === 'archived');
      vi.useRealTimers();
      expect(text()).toContain('a room that nobody comes to any more was archived');
    });

    test('goes on by the clock', async () => {
      const { metrics } = start({ intervalMs: 5 });
      await until('rounds', () => metrics.rounds.counts.agreed >= 8);
    });

    test('tells of an outage once, changes nothing, and of its end', async () => {
      const id = await makeRoom('standup');
      await store.sessions.joined(fact(id, 'RM_1', one('PA_1', 'ana')));
      live('standup', 'RM_1', one('PA_1', 'ana'));
      let away = true;
      const reached: Census = {
        ...census,
        rooms: async () => {
          if (away) throw failure('sfu/unreachable', { url: 'http://sfu', reason: 'refused', hint: '' });
          return census.rooms();
        },
      };
      const { metrics, text } = start({ intervalMs: 5, census: () => reached });
      await until('rounds without LiveKit', () => metrics.rounds.counts.unreachable >= 3);
      expect(await open()).toEqual(['PA_1']);
      expect(text().match(/cannot be compared/g)).toHaveLength(1);
      away = false;
      await until('a round with it', () => metrics.rounds.counts.agreed >= 1);
      expect(text()).toContain('state reconciled');
    });

    test('leaves it to the replica that is at it, and does it when that one is through or dead', async () => {
      await store.leases.take('reconcile', 'another replica', 60_000);
      const { metrics } = start({ intervalMs: 5 });
      await until('its turn to be refused', () => metrics.rounds.counts.busy >= 2);
      expect(asked).toEqual([]);
      await store.leases.take('reconcile', 'another replica', 0);
      await until('its turn', () => metrics.rounds.counts.agreed >= 1);
    });

    test('of several replicas one is at it at a time', async () => {
      await makeRoom('standup');
      live('standup', 'RM_1', one('PA_1', 'ana'));
      let [under, most] = [0, 0];
      const watched: Census = {
        ...census,
        rooms: async () => {
          under += 1;
          most = Math.max(most, under);
          await new Promise((resolve) => setTimeout(resolve, 2));
          under -= 1;
          return census.rooms();
        },
      };
      const replicas = [1, 2, 3].map(() => start({ intervalMs: 3, census: () => watched }));
      await until('rounds of all', () =>
        replicas.every(({ metrics: { rounds } }) => rounds.counts.agreed + rounds.counts.healed >= 2),
      );
      expect(most).toBe(1);
    });

    test('that is closed is through, and frees its lease', async () => {
      const waiting = (signal: AbortSignal): Census => ({
        ...census,
        rooms: () => {
          asked.push('rooms');
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
      });
      const { reconciler, text } = start({ census: waiting });
      await until('that it is at it', () => asked.length === 1);
      expect(await store.leases.take('reconcile', 'another', 60_000)).toBe(false);
      await reconciler.close();
      expect(await store.leases.take('reconcile', 'another', 60_000)).toBe(true);
      expect(text()).not.toContain('warn');
    });
  });
}
