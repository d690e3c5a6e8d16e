/**
 * Plays livekit/egress: takes requests to record a room, says so in webhooks, and in the end puts down a file. There is
 * nothing to see in it.
 */
import {
  EgressInfo,
  EgressStatus,
  type EncodedFileOutput,
  FileInfo,
  type ListEgressRequest,
  type RoomCompositeEgressRequest,
  type Room as RoomInfo,
} from '@livekit/protocol';
import { reasonOf } from '../core/errors.ts';
import { id } from './ids.ts';
import { inner } from './twirp-error.ts';
import type { Webhooks } from './webhooks.ts';

/** Keeps a file. @returns its location, as the egress reports it */
export type Sink = (output: EncodedFileOutput, file: Buffer) => Promise<string>;

const ended = [EgressStatus.EGRESS_COMPLETE, EgressStatus.EGRESS_FAILED, EgressStatus.EGRESS_ABORTED];

export class Recorder {
  readonly #sink: Sink;
  readonly #webhooks: Webhooks;
  readonly #all = new Map<string, EgressInfo>();

  constructor(sink: Sink, webhooks: Webhooks) {
    this.#sink = sink;
    this.#webhooks = webhooks;
  }

  start(request: RoomCompositeEgressRequest, room: RoomInfo): EgressInfo {
    const info = new EgressInfo({
      egressId: id('EG_'),
      roomId: room.sid,
      roomName: room.name,
      status: EgressStatus.EGRESS_STARTING,
      request: { case: 'roomComposite', value: request },
    });
    this.#all.set(info.egressId, info);
    this.#tell('egress_started', info);
    const answer = info.clone();
    // A recorder joins the room before it records.
    setImmediate(() => {
      if (info.status !== EgressStatus.EGRESS_STARTING) return;
      info.startedAt = now();
      this.#move(info, EgressStatus.EGRESS_ACTIVE);
    });
    return answer;
  }

  /** @throws TwirpError when there is no such egress, or it has ended */
  stop(egressId: string): EgressInfo {
    const info = this.#find(egressId);
    const { status } = info;
    if (status !== EgressStatus.EGRESS_STARTING && status !== EgressStatus.EGRESS_ACTIVE) {
      throw inner('failed_precondition', `egress with status ${EgressStatus[status]} cannot be stopped`);
    }
    if (status === EgressStatus.EGRESS_STARTING) {
      this.#move(info, EgressStatus.EGRESS_ABORTED);
      return info.clone();
    }
    this.#move(info, EgressStatus.EGRESS_ENDING);
    const answer = info.clone();
    void this.#finish(info);
    return answer;
  }

  list({ roomName, egressId, active }: ListEgressRequest): EgressInfo[] {
    if (egressId !== '') return [this.#find(egressId)];
    return [...this.#all.values()].filter(
      (info) => (roomName === '' || info.roomName === roomName) && !(active && ended.includes(info.status)),
    );
  }

  /** A recorder leaves with the last participant. */
  roomEnded(name: string): void {
    for (const { egressId, roomName, status } of this.#all.values()) {
      if (roomName === name && status === EgressStatus.EGRESS_ACTIVE) this.stop(egressId);
    }
  }

  async #finish(info: EgressInfo): Promise<void> {
    info.endedAt = now();
    const duration = info.endedAt - info.startedAt;
    try {
      const output = outputOf(info);
      const file = emptyMovie(info);
      const location = await this.#sink(output, file);
      const { startedAt, endedAt } = info;
      const size = BigInt(file.length);
      info.fileResults = [
        new FileInfo({ filename: output.filepath, startedAt, endedAt, duration, size, location }),
      ];
      this.#move(info, EgressStatus.EGRESS_COMPLETE);
    } catch (error) {
      info.error = reasonOf(error);
      this.#move(info, EgressStatus.EGRESS_FAILED);
    }
  }

  /** @throws TwirpError */
  #find(egressId: string): EgressInfo {
    const info = this.#all.get(egressId);
    if (info === undefined) throw inner('not_found', 'egress does not exist');
    return info;
  }

  #move(info: EgressInfo, status: EgressStatus): void {
    info.status = status;
    this.#tell(ended.includes(status) ? 'egress_ended' : 'egress_updated', info);
  }

  #tell(event: string, info: EgressInfo): void {
    info.updatedAt = now();
    this.#webhooks.send({ event, egressInfo: info.clone() });
  }
}

function outputOf({ request }: EgressInfo): EncodedFileOutput {
  const composite = request.case === 'roomComposite' ? request.value : undefined;
  const legacy = composite?.output.case === 'file' ? composite.output.value : undefined;
  const output = composite?.fileOutputs[0] ?? legacy;
  if (output === undefined) throw new Error('the emulator records into files only');
  return output;
}

/** The beginning of an MP4 file, and a note in place of what would follow. */
function emptyMovie({ egressId }: EgressInfo): Buffer {
  const box = (type: string, content: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(8 + content.length);
    return Buffer.concat([size, Buffer.from(type), content]);
  };
  return Buffer.concat([
    box('ftyp', Buffer.from('isom\0\0\u0002\0isomiso2mp41')),
    box('free', Buffer.from(`bedrud emulator: ${egressId} has no media`)),
  ]);
}

/** In nanoseconds. */
function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
