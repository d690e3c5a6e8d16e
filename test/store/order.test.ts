/** Whatever order LiveKit's reports come in, and however often, the store ends up the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openStore, type SessionFact, type Store } from '../../src/store/index.ts';

type Report = (store: Store, roomId: string) => Promise<void>;

const fact = (roomId: string, sid: string, identity: string, joinedAt: number, roomSid: string) =>
  ({ sid, roomId, roomSid, identity, name: identity, joinedAt }) satisfies SessionFact;

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
    const of = (roomId: string) => fact(roomId, sid, identity, joinedAt, roomSid);
    return [
      (store, roomId) => store.sessions.joined(of(roomId)),
      ...(leftAt === undefined
        ? []
        : [(store: Store, roomId: string) => store.sessions.left(of(roomId), leftAt)]),
    ];
  }),
  (store, roomId) => store.sessions.roomEnded(roomId, 'RM_1', 12_000),
];

async function after(reports: readonly Report[]) {
  const store = await openStore({ type: 'sqlite', path: ':memory:' });
  const room = { createdBy: 'ana', mode: 'standard', isPublic: true, maxParticipants: 9, settings: {} };
  const { id } = await store.rooms.create({ ...room, name: 'standup' });
  for (const report of reports) await report(store, id);
  const rows = await store.sessions.ofRoom(id, 100);
  await store.close();
  return Object.fromEntries(rows.map(({ sid, leftAt }) => [sid, leftAt]));
}

test('all of the reports, shuffled and doubled, give one state', async () => {
  const expected = { PA_1: 5_000, PA_2: 9_000, PA_3: 12_000, PA_4: null, PA_5: 22_000 };
  expect(await after(history)).toEqual(expected);
  const shuffled = fc.shuffledSubarray([...history, ...history], { minLength: history.length * 2 });
  await fc.assert(
    fc.asyncProperty(shuffled, async (reports) => {
      expect(await after(reports)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('some of the reports give the same in every order', async () => {
  const pairs = fc
    .subarray(history)
    .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })));
  await fc.assert(
    fc.asyncProperty(pairs, async ([some, shuffled]) => {
      expect(await after(shuffled)).toEqual(await after(some));
    }),
    { numRuns: 60 },
  );
});
