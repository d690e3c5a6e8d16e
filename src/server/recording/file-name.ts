import type { Recording } from '../../store/index.ts';

/** `standup-2026-03-01T1030.mp4`: room names are letters, digits and hyphens. */
export function fileNameOf({ roomName, startedAt, createdAt }: Recording): string {
  const time = new Date(startedAt ?? createdAt).toISOString().slice(0, 16).replace(':', '');
  return `${roomName}-${time}.mp4`;
}
