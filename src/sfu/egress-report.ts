/** What LiveKit says of an egress, in plain values. */
import type { EgressInfo } from 'livekit-server-sdk';

/** How far it is. An egress that came to its limit has a file like any that was stopped. */
export type EgressPhase = 'starting' | 'active' | 'ending' | 'complete' | 'failed' | 'aborted';

/** By LiveKit's numbers. */
const phases: readonly EgressPhase[] = [
  'starting',
  'active',
  'ending',
  'complete',
  'failed',
  'aborted',
  'complete',
];

export interface EgressReport {
  egressId: string;
  roomName: string;
  /** Undefined: one that only newer servers know. */
  phase: EgressPhase | undefined;
  /** The name that the file was asked to have; empty when this is no recording into a file. */
  filepath: string;
  /** In milliseconds since 1970. */
  startedAt: number | null;
  endedAt: number | null;
  /** Where the file is: a URL or a path. */
  location: string | null;
  /** In bytes. */
  fileSize: number | null;
  durationMs: number | null;
  error: string | null;
}

export function reportOf(info: EgressInfo): EgressReport {
  const file = info.fileResults[0] ?? (info.result.case === 'file' ? info.result.value : undefined);
  return {
    egressId: info.egressId,
    roomName: info.roomName,
    phase: phases[info.status],
    filepath: filepathOf(info),
    startedAt: milliseconds(info.startedAt),
    endedAt: milliseconds(info.endedAt),
    location: file?.location || file?.filename || null,
    fileSize: Number(file?.size ?? 0) || null,
    durationMs: milliseconds(file?.duration ?? 0n),
    error: info.error || info.details || null,
  };
}

/** LiveKit repeats the request that the egress was started with. */
function filepathOf({ request }: EgressInfo): string {
  if (request.case !== 'roomComposite') return '';
  const { output, fileOutputs } = request.value;
  const file = fileOutputs[0] ?? (output.case === 'file' ? output.value : undefined);
  return file?.filepath ?? '';
}

/** LiveKit counts in nanoseconds, and says 0 for never. */
function milliseconds(nanoseconds: bigint): number | null {
  return nanoseconds === 0n ? null : Number(nanoseconds / 1_000_000n);
}
