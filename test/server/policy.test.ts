import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/server/auth.ts';
import {
  type Action,
  dependsOn,
  may,
  type Role,
  requireMay,
  requireTarget,
  type Standing,
} from '../../src/server/policy.ts';

const caller = (over: Partial<Caller> = {}): Caller => ({
  userId: 'cy',
  email: '',
  name: 'Cy',
  provider: 'local',
  accesses: ['user'],
  ...over,
});
const room = { createdBy: 'ana' };

/** Somebody who is nothing but this. */
const people: Record<Role, [Caller, Standing]> = {
  superadmin: [caller({ accesses: ['superadmin'] }), { room }],
  admin: [caller({ accesses: ['admin'] }), { room }],
  moderator: [caller({ accesses: ['moderator'] }), { room }],
  user: [caller(), { room }],
  guest: [caller({ provider: 'guest', accesses: ['guest'] }), { room }],
  owner: [caller({ userId: 'ana' }), { room }],
  'room-moderator': [caller(), { room, moderates: true }],
  participant: [caller(), { room, hasSeat: true }],
};
const order: Role[] = [
  'superadmin',
  'admin',
  'moderator',
  'owner',
  'room-moderator',
  'participant',
  'user',
  'guest',
];

/** A mark for each of `order`: may, or may not. */
const table: Record<Action, string> = {
  createRooms: '✓✓✓✓✓✓✓–',
  listOwnRooms: '✓✓✓✓✓✓✓–',
  haveAnyNumberOfRooms: '✓–––––––',
  makePersistent: '✓–––––––',
  enterPrivate: '✓✓✓✓✓✓––',
  moderate: '✓✓✓✓✓–––',
  appoint: '✓✓–✓––––',
  manage: '✓✓–✓––––',
  actOnOwner: '✓✓––––––',
  seeRecordings: '✓✓✓✓–✓––',
  handleRecordings: '✓✓✓✓––––',
  administer: '✓–––––––',
};

describe('who may do what', () => {
  test.each(Object.entries(table))('%s', (action, marks) => {
    const found = order.map((role) => (may(action as Action, ...people[role]) ? '✓' : '–')).join('');
    expect(found).toBe(marks);
  });

  test('a guest may what they are promoted to', () => {
    const [guest] = people.guest;
    expect(may('moderate', guest, { room, moderates: true })).toBe(true);
    expect(may('createRooms', guest, { room, moderates: true })).toBe(false);
  });

  test('a refusal says why', () => {
    expect(() => requireMay('administer', caller())).toThrow('only superadmins administer the server');
    expect(() => requireMay('createRooms', caller())).not.toThrow();
  });
});

test('what the room knows of somebody is asked only where it matters', () => {
  const standing = { room };
  expect(dependsOn('room-moderator', 'moderate', caller(), standing)).toBe(true);
  expect(dependsOn('room-moderator', 'moderate', caller({ userId: 'ana' }), standing)).toBe(false);
  expect(dependsOn('room-moderator', 'moderate', caller({ accesses: ['admin'] }), standing)).toBe(false);
  expect(dependsOn('room-moderator', 'manage', caller(), standing)).toBe(false);
});

describe('on whom', () => {
  const act = (who: [Caller, Standing], identity: string, onSelf = false) =>
    requireTarget(...who, identity, { onSelf });
  test('nobody acts on themselves, unless it is harmless', () => {
    expect(() => act(people.owner, 'ana')).toThrow('not for yourself');
    expect(() => act(people.superadmin, 'cy')).toThrow('not for yourself');
    expect(() => act(people.owner, 'ana', true)).not.toThrow();
  });
  test('only administrators act on the owner', () => {
    expect(() => act(people['room-moderator'], 'ana')).toThrow('only an administrator');
    expect(() => act(people.moderator, 'ana')).toThrow('only an administrator');
    expect(() => act(people.admin, 'ana')).not.toThrow();
    expect(() => act(people['room-moderator'], 'ben')).not.toThrow();
  });
});
