/** Recording a room: LiveKit's egress, through the SDK's client and our transport. */
import { EgressClient, EncodedFileOutput, EncodedFileType, S3Upload } from 'livekit-server-sdk';
import { Failure, failure } from '../core/errors.ts';
import type { SfuConnection } from './connection.ts';
import { type EgressReport, reportOf } from './egress-report.ts';
import { mintToken } from './tokens.ts';
import { TwirpAnswer, twirp } from './twirp.ts';

/** A bucket that the recorder uploads to by itself. */
export interface UploadTarget {
  endpoint: string;
  bucket: string;
  region: string;
  accessKey: string;
  secretKey: string;
}

export interface RecordingRequest {
  room: string;
  /** Where the recorder puts the file: a path of its own, or the key within `upload`. */
  filepath: string;
  upload?: UploadTarget | undefined;
  /** No picture. */
  audioOnly: boolean;
}

export interface EgressOperations {
  /**
   * Has a room recorded into one MP4 file.
   * @throws Failure `recording/room-empty`, `recording/no-redis`, `recording/no-recorder`, `sfu/…`
   */
  start(request: RecordingRequest): Promise<EgressReport>;
  /** @throws Failure `sfu/failed` when it isn't running any more, `sfu/not-found`, … */
  stop(egressId: string, room: string): Promise<EgressReport>;
  /** All that LiveKit knows of a room, those that have ended for some hours or days. */
  list(room: string): Promise<EgressReport[]>;
  /**
   * Could anything be recorded? Whether a recorder is there, LiveKit doesn't say before one is asked for.
   * @throws Failure `recording/no-redis`, `sfu/…`
   */
  check(): Promise<void>;
}

/** LiveKit looks for a recorder several times before it says that there is none. In seconds. */
const patience = 60;

/** @param signal ends requests under way */
export function egressService(connection: SfuConnection, signal?: AbortSignal): EgressOperations {
  const rpc = twirp(connection, signal);
  /** The SDK's tokens lack the room, which some servers in front of LiveKit ask for. */
  const clientFor = (room: string) => {
    const { url, apiKey, apiSecret } = connection;
    const grants = { video: { roomRecord: true, ...(room === '' ? {} : { room }) } };
    const authHeader = async () => ({ Authorization: `Bearer ${mintToken(connection, { grants })}` });
    const patient: typeof rpc = {
      request: (service, method, data, headers) => rpc.request(service, method, data, headers, patience),
    };
    // Private in the SDK's types only; see rooms.ts.
    const ours: object = { rpc: patient, authHeader };
    return Object.assign(new EgressClient(url, apiKey, apiSecret), ours);
  };
  const list = async (room: string) => {
    const found = await clientFor(room)
      .listEgress(room === '' ? { active: true } : { roomName: room })
      .catch(explain);
    return found.map(reportOf);
  };
  return {
    async start({ room, filepath, upload, audioOnly }) {
      const file = new EncodedFileOutput({
        fileType: EncodedFileType.MP4,
        filepath,
        disableManifest: true,
        ...(upload ? { output: { case: 's3', value: s3Upload(upload) } } : {}),
      });
      try {
        return reportOf(await clientFor(room).startRoomCompositeEgress(room, { file }, { audioOnly }));
      } catch (error) {
        const said = answerOf(error);
        if (said?.code === 'not_found') throw failure('recording/room-empty', { room }, error);
        if (said?.code !== 'unavailable') return explain(error);
        // Without Redis most releases say the same as without a recorder; the list tells one from the other.
        await list(room);
        throw failure('recording/no-recorder', {}, error);
      }
    },
    stop: async (egressId, room) => reportOf(await clientFor(room).stopEgress(egressId).catch(explain)),
    list,
    async check() {
      await list('');
    },
  };
}

function s3Upload({ endpoint, bucket, region, accessKey, secretKey }: UploadTarget): S3Upload {
  return new S3Upload({ endpoint, bucket, region, accessKey, secret: secretKey, forcePathStyle: true });
}

function answerOf(error: unknown): TwirpAnswer | undefined {
  return error instanceof Failure && error.cause instanceof TwirpAnswer ? error.cause : undefined;
}

/** @throws Failure `recording/no-redis` for what LiveKit says without Redis, or else `error` */
function explain(error: unknown): never {
  const said = answerOf(error)?.message ?? '';
  // Before 1.9.12 it stumbles over what isn't there.
  if (/egress not connected|service panic/i.test(said)) throw failure('recording/no-redis', {}, error);
  throw error;
}
