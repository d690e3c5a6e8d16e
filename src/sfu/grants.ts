/** Every grant that LiveKit knows: how it is written, and what it lets the holder do. */
import type { InferenceGrant, ObservabilityGrant, SIPGrant } from 'livekit-server-sdk';
import { failure } from '../core/errors.ts';
import { suggest } from '../core/suggest.ts';
import { type Grants, type TrackSourceName, trackSources, type VideoGrant } from './tokens.ts';

export interface Grant {
  kind: 'flag' | 'text' | 'sources';
  /** Completes "the holder may …"; `not` where the grant is false. */
  may: string;
  /** Not for somebody who merely takes part in a meeting. */
  powerful?: true;
}

const flag = (may: string): Grant => ({ kind: 'flag', may });
const power = (may: string): Grant => ({ kind: 'flag', may, powerful: true });

// `satisfies` makes a grant that a new SDK adds a type error here.
const video = {
  roomJoin: flag('join the room'),
  room: { kind: 'text', may: 'use the grants above in this room only' },
  roomAdmin: power('remove and mute others in the room, and change permissions and metadata'),
  roomCreate: power('create and close rooms, any of them'),
  roomList: power('list all rooms'),
  roomRecord: power('start and stop recordings'),
  ingressAdmin: power('manage ingress, in all rooms'),
  canPublish: flag('publish tracks'),
  canPublishSources: { kind: 'sources', may: 'publish these sources and no other' },
  canSubscribe: flag("receive others' tracks"),
  canPublishData: flag('send data and chat messages'),
  canUpdateOwnMetadata: flag('change their own name, metadata and attributes'),
  canSubscribeMetrics: flag("receive others' metrics"),
  canManageAgentSession: flag('manage an agent session'),
  hidden: flag('be there without being shown to others'),
  recorder: flag('be counted as the recorder of the room'),
  agent: power('register as an agent worker'),
  destinationRoom: { kind: 'text', may: 'be forwarded or moved to this room' },
} satisfies Record<keyof VideoGrant, Grant>;
const sip = {
  admin: power('manage SIP trunks and dispatch rules'),
  call: power('place calls by SIP'),
} satisfies Record<keyof SIPGrant, Grant>;
const inference = { perform: flag('use inference') } satisfies Record<keyof InferenceGrant, Grant>;
const observability = { write: flag('write observability data') } satisfies Record<
  keyof ObservabilityGrant,
  Grant
>;
const agent = { admin: power('manage agent dispatches') } satisfies Record<
  keyof NonNullable<Grants['agent']>,
  Grant
>;
const sections: Record<keyof Grants, Record<string, Grant>> = { video, sip, inference, observability, agent };

/** By name: those of `video` bare, `roomJoin`, the others with their section, `sip.admin`. */
export const grants: ReadonlyMap<string, Grant> = new Map(
  Object.entries(sections).flatMap(([section, names]) =>
    Object.entries(names).map(([name, grant]) => [section === 'video' ? name : `${section}.${name}`, grant]),
  ),
);

/** Where `name` stands among the claims: `sip.admin` is `admin` in `sip`. */
export function placeOf(name: string): { section: keyof Grants; key: string } {
  const [section = '', key] = name.split('.');
  return key === undefined ? { section: 'video', key: section } : { section: section as keyof Grants, key };
}

/**
 * Sets the grant `name` to what `value` says; a string is read by the grant's kind.
 * @throws Failure `usage/invalid` for an unknown grant or a value of the wrong kind
 */
export function setGrant(into: Grants, name: string, value: unknown): void {
  const grant = grants.get(name);
  if (grant === undefined) throw unknownGrant(name);
  const { section, key } = placeOf(name);
  into[section] = { ...into[section], [key]: readValue(name, grant, value) };
}

function readValue(name: string, grant: Grant, value: unknown): boolean | string | TrackSourceName[] {
  if (grant.kind === 'flag') {
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw invalid(`${name}: "${value}" is not true or false`, `write ${name}=true or ${name}=false`);
  }
  if (grant.kind === 'text') {
    if (typeof value === 'string' && value !== '') return value;
    throw invalid(`${name} needs a room name`, `write ${name}=NAME`);
  }
  const words = Array.isArray(value) ? value : String(value).split(/[\s,+;]+/);
  return words.filter((word) => word !== '').map(readSource);
}

/** @throws Failure `usage/invalid` */
export function readSource(word: unknown): TrackSourceName {
  const source = trackSources.find((known) => known === String(word).toLowerCase().replaceAll('-', '_'));
  if (source) return source;
  const near = suggest(String(word), trackSources);
  throw invalid(
    `there is no track source "${word}"`,
    near ? `did you mean ${near}?` : `the sources are ${trackSources.join(', ')}`,
  );
}

function unknownGrant(name: string): Error {
  const near = suggest(name, grants.keys());
  return invalid(
    `there is no grant "${name}"`,
    near ? `did you mean ${near}?` : `the grants are ${[...grants.keys()].join(', ')}`,
  );
}

function invalid(problem: string, hint: string): Error {
  return failure('usage/invalid', { problem, hint });
}
