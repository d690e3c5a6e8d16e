/** Whatever order LiveKit's reports come in, however often, and however many together: the store ends up the same. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type DatabaseLocation,
  type EndingReport,
  openStore,
  type SessionReport,
  type Store,
} from '../../src/store/index.ts';
import { onEachDatabase } from '../helpers/databases.ts';

interface Report {
  session?: Omit<SessionReport, 'roomId' | 'name'>;
  ending?: Omit<EndingReport, 'roomId'>;
}

/** Ana comes twice and is put out by herself, ben stays past the end of the room, cy is in the next instance of it. */
const history: Report[] = [
  ...(
    [
      ['PA_1', 'ana', 1_000, 'RM_1', 5_000],
      ['PA_2', 'ana', 5_400, 'RM_1', 9_000],
      ['PA_3', 'ben', 2_000, 'RM_1', undefined],
      ['PA_4', 'cy', 21_000, 'RM_2', undefined],
      ['PA_5', 'ana', 22_000, 'RM_2', 22_000],
    ] as const
  ).flatMap(([sid, identity, joinedAt, roomSid, leftAt]): Report[] => {
    const session = { sid, identity, joinedAt, roomSid, leftAt: null };
    return [{ session }, ...(leftAt === undefined ? [] : [{ session: { ...session, leftAt } }])];
  }),
  { ending: { roomSid: 'RM_1', endedAt: 12_000 } },
];

let rooms = 0;

/** When each session was over after `batches`, in a room of its own. */
async function after(store: Store, batches: readonly Report[][]) {
  rooms += 1;
  const room = { createdBy: 'ana', mode: 'standard', isPublic: true, maxParticipants: 9, settings: {} };
  const { id: roomId } = await store.rooms.create({ ...room, name: `standup-${rooms}` });
  const own = (sid: string) => `${sid} of ${roomId}`;
  for (const batch of batches) {
    await store.sessions.record({
      sessions: batch.flatMap(({ session }) =>
        session
          ? [{ ...session, roomId, name: '', sid: own(session.sid), roomSid: own(session.roomSid) }]
          : [],
      ),
      endings: batch.flatMap(({ ending }) =>
        ending ? [{ ...ending, roomId, roomSid: own(ending.roomSid) }] : [],
      ),
    });
  }
  const rows = await store.sessions.ofRoom(roomId, 100);
  return Object.fromEntries(rows.map(({ sid, leftAt }) => [sid.replace(/ of .*/, ''), leftAt]));
}

const alone = (reports: readonly Report[]) => reports.map((report) => [report]);

/** `reports` in any order, cut into batches anywhere. */
const anyhow = (reports: Report[]) =>
  fc
    .tuple(
      fc.shuffledSubarray(reports, { minLength: reports.length }),
      fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
    )
    .map(([shuffled, sizes]) => {
      const batches: Report[][] = [];
      for (let rest = shuffled; rest.length > 0; ) {
        const size = sizes.next().value;
        batches.push(rest.slice(0, size));
        rest = rest.slice(size);
      }
      return batches;
    });

onEachDatabase((empty, kind) => converges(empty, kind === 'sqlite' ? 60 : 15));

/** What holds on every kind of database. */
function converges(empty: () => Promise<DatabaseLocation>, numRuns: number): void {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await empty());
  }, 30_000);
  afterAll(() => store?.close());

  test('all of the reports, shuffled and doubled, give one state', { timeout: 60_000 }, async () => {
    const expected = { PA_1: 5_000, PA_2: 9_000, PA_3: 12_000, PA_4: null, PA_5: 22_000 };
    expect(await after(store, alone(history))).toEqual(expected);
    await fc.assert(
      fc.asyncProperty(anyhow([...history, ...history]), async (batches) => {
        expect(await after(store, batches)).toEqual(expected);
      }),
      { numRuns },
    );
  });

  test('some of the reports give the same in every order', { timeout: 60_000 }, async () => {
    const pairs = fc.subarray(history).chain((some) => fc.tuple(fc.constant(some), anyhow(some)));
    await fc.assert(
      fc.asyncProperty(pairs, async ([some, batches]) => {
        expect(await after(store, batches)).toEqual(await after(store, alone(some)));
      }),
      { numRuns },
    );
  });
}
