/** Who may do what, all of it: one table. It knows of no request and no database. */
import { failure } from '../core/errors.ts';
import type { Room } from '../store/index.ts';
import type { Caller } from './auth.ts';

/** What somebody can be, all at once. The first three are told by the access token, the rest by the room. */
const accesses = ['superadmin', 'admin', 'moderator'] as const;
export type Role =
  | (typeof accesses)[number]
  /** Anybody with an account. */
  | 'user'
  | 'guest'
  /** Who made the room. */
  | 'owner'
  /** Promoted in this room. */
  | 'room-moderator'
  /** Has a seat in it. */
  | 'participant';

interface Rule {
  roles: readonly Role[];
  /** What everybody else is told. */
  reason: string;
}

const administrators = ['superadmin', 'admin'] as const;
const staff = [...administrators, 'moderator'] as const;

const rules = {
  createRooms: { roles: [...staff, 'user'], reason: 'guests join rooms, they do not create them' },
  listOwnRooms: { roles: [...staff, 'user'], reason: 'guests have no rooms' },
  haveAnyNumberOfRooms: { roles: ['superadmin'], reason: '' },
  makePersistent: { roles: ['superadmin'], reason: '' },
  enterPrivate: { roles: [...staff, 'owner', 'room-moderator', 'participant'], reason: '' },
  moderate: {
    roles: [...staff, 'owner', 'room-moderator'],
    reason: 'only its creator and moderators control a room',
  },
  appoint: {
    roles: [...administrators, 'owner'],
    reason: 'only its creator and administrators say who moderates a room',
  },
  manage: {
    roles: [...administrators, 'owner'],
    reason: 'only its creator and administrators change or close a room',
  },
  actOnOwner: {
    roles: administrators,
    reason: 'only an administrator acts on the creator of a room',
  },
  seeRecordings: { roles: [...staff, 'owner', 'participant'], reason: '' },
  handleRecordings: {
    roles: [...staff, 'owner'],
    reason: 'only the creator of the room and the staff do this',
  },
  administer: { roles: ['superadmin'], reason: 'only superadmins administer the server' },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof rules;

/** What the caller is to a room. */
export interface Standing {
  room: Pick<Room, 'createdBy'>;
  moderates?: boolean;
  hasSeat?: boolean;
}

export function rolesOf(caller: Caller, standing?: Standing): ReadonlySet<Role> {
  const roles = new Set<Role>(accesses.filter((access) => caller.accesses.includes(access)));
  roles.add(isGuest(caller) ? 'guest' : 'user');
  if (standing?.room.createdBy === caller.userId) roles.add('owner');
  if (standing?.moderates) roles.add('room-moderator');
  if (standing?.hasSeat) roles.add('participant');
  return roles;
}

export function may(action: Action, caller: Caller, standing?: Standing): boolean {
  const roles = rolesOf(caller, standing);
  return rules[action].roles.some((role) => roles.has(role));
}

/** Would it matter that the caller is `role`? If not, it need not be looked up. */
export function dependsOn(role: Role, action: Action, caller: Caller, standing: Standing): boolean {
  return (rules[action].roles as readonly Role[]).includes(role) && !may(action, caller, standing);
}

/** @throws Failure `api/forbidden` */
export function requireMay(action: Action, caller: Caller, standing?: Standing): void {
  if (!may(action, caller, standing)) throw failure('api/forbidden', { reason: rules[action].reason });
}

export interface TargetOptions {
  /** May it be done to oneself? Usually not. */
  onSelf?: boolean;
}

/**
 * Nobody acts on the owner of a room but administrators, and where `onSelf` is false nobody on themselves.
 * @throws Failure `api/forbidden`, `api/invalid`
 */
export function requireTarget(
  caller: Caller,
  standing: Standing,
  identity: string,
  { onSelf = false }: TargetOptions = {},
): void {
  if (identity === caller.userId) {
    if (onSelf) return;
    throw failure('api/invalid', { problem: 'this is not for yourself', hint: 'name another participant' });
  }
  if (identity === standing.room.createdBy) requireMay('actOnOwner', caller, standing);
}

/** Guests have no account: they join rooms, and what they are promoted to in one. */
export function isGuest(caller: Pick<Caller, 'provider' | 'accesses'>): boolean {
  return (
    caller.provider === 'guest' || (caller.accesses.includes('guest') && !caller.accesses.includes('user'))
  );
}
