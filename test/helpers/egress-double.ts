/**
 * A double of LiveKit's egress service for a real livekit-server: it speaks psrpc over Redis as the real one does, takes
 * requests to record rooms, and reports what becomes of them, from which livekit-server makes its signed webhooks. It
 * records nothing: its files are what it is told to put there.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type MessageType, proto3, ScalarType } from '@bufbuild/protobuf';
import {
  EgressInfo,
  EgressStatus,
  type EncodedFileOutput,
  FileInfo,
  RoomCompositeEgressRequest,
  StopEgressRequest,
} from '@livekit/protocol';
import { Psrpc } from './psrpc.ts';

export interface EgressDouble {
  /** What it was asked to record, as it was asked. */
  requests: RoomCompositeEgressRequest[];
  close(): void;
}

const now = () => BigInt(Date.now()) * 1_000_000n;

/** rpc.StartEgressRequest, which LiveKit's package for JavaScript leaves out. */
const Start = proto3.makeMessageType('rpc.StartEgressRequest', () => [
  { no: 1, name: 'egress_id', kind: 'scalar', T: ScalarType.STRING },
  { no: 3, name: 'room_id', kind: 'scalar', T: ScalarType.STRING },
  { no: 5, name: 'room_composite', kind: 'message', T: RoomCompositeEgressRequest },
]) as unknown as MessageType<never> & {
  fromBinary(bytes: Uint8Array): {
    egressId: string;
    roomId: string;
    roomComposite?: RoomCompositeEgressRequest;
  };
};

/** @param redis the port of LiveKit's Redis. @param content of each file */
export async function startEgressDouble(redis: number, content: Buffer): Promise<EgressDouble> {
  const bus = new Psrpc(redis);
  const requests: RoomCompositeEgressRequest[] = [];
  const beginnings = new Set<NodeJS.Timeout>();
  const tell = (info: EgressInfo) => {
    info.updatedAt = now();
    return bus.call('IOInfo', 'UpdateEgress', info);
  };
  const finish = async (info: EgressInfo, output: EncodedFileOutput) => {
    await tell(info);
    info.endedAt = now();
    const location = await putFile(output, content);
    const { startedAt, endedAt } = info;
    info.fileResults = [
      new FileInfo({
        ...{ filename: output.filepath, location, startedAt, endedAt },
        ...{ duration: endedAt - startedAt, size: BigInt(content.length) },
      }),
    ];
    info.status = EgressStatus.EGRESS_COMPLETE;
    await tell(info);
  };
  await bus.serve(['EgressInternal', 'StartEgress'], Start, async ({ egressId, roomId, roomComposite }) => {
    const [output] = roomComposite?.fileOutputs ?? [];
    if (!roomComposite || !output) throw new Error('this double records rooms into files only');
    requests.push(roomComposite);
    const info = new EgressInfo({
      ...{ egressId, roomId, roomName: roomComposite.roomName },
      status: EgressStatus.EGRESS_STARTING,
      request: { case: 'roomComposite', value: roomComposite },
    });
    const leave = await bus.serve(['EgressHandler', 'StopEgress', egressId], StopEgressRequest, () => {
      info.status = EgressStatus.EGRESS_ENDING;
      const answer = info.clone();
      void finish(info, output).then(leave);
      return answer;
    });
    // Once livekit-server has noted that it began.
    const beginning = setTimeout(() => {
      info.startedAt = now();
      info.status = EgressStatus.EGRESS_ACTIVE;
      void tell(info);
    }, 300);
    beginnings.add(beginning);
    return info.clone();
  });
  return {
    requests,
    close() {
      for (const timer of beginnings) clearTimeout(timer);
      bus.close();
    },
  };
}

/**
 * Puts a file where a request for a recording says.
 * @returns where it is, as the real service says it
 */
export async function putFile({ output, filepath }: EncodedFileOutput, content: Buffer): Promise<string> {
  if (output.case !== 's3') {
    await mkdir(dirname(filepath), { recursive: true });
    await writeFile(filepath, content);
    return filepath;
  }
  const { endpoint, region, bucket, accessKey, secret, forcePathStyle } = output.value;
  const client = new S3Client({
    ...{ endpoint, region, forcePathStyle, requestChecksumCalculation: 'WHEN_REQUIRED' },
    credentials: { accessKeyId: accessKey, secretAccessKey: secret },
  });
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: filepath, Body: content }));
  client.destroy();
  return `${endpoint}/${bucket}/${filepath}`;
}
