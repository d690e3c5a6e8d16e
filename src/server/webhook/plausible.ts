/**
 * Could LiveKit have said that? What is signed may be nonsense all the same, and each database has its own way with it: one
 * keeps it, the other refuses it again and again.
 */
import type { WebhookEvent } from 'livekit-server-sdk';
import { reportOf } from '../../sfu/egress-report.ts';
import { longestKey } from '../../store/index.ts';

/** The last one that a Date can hold, in milliseconds since 1970. */
const lastMoment = 8_640_000_000_000_000;

export function isPlausible({ id, createdAt, room, participant, egressInfo }: WebhookEvent): boolean {
  const egress = egressInfo && reportOf(egressInfo);
  const ids = [id, room?.sid, participant?.sid, egress?.egressId];
  const names = [room?.name, participant?.identity];
  const seconds = [createdAt, room?.creationTime, participant?.joinedAt].map((time = 0n) => time * 1000n);
  const moments = [...seconds, room?.creationTimeMs ?? 0n, participant?.joinedAtMs ?? 0n];
  return (
    [...ids, ...names].every((text = '') => text.length <= longestKey) &&
    ids.every((text = '') => !text.includes('\0')) &&
    moments.every((moment) => moment >= 0n && moment <= lastMoment) &&
    (egress?.fileSize ?? 0) <= Number.MAX_SAFE_INTEGER
  );
}
