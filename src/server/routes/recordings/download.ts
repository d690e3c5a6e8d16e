import type { FastifyRequest } from 'fastify';
import { failure } from '../../../core/errors.ts';
import type { Recording } from '../../../store/index.ts';
import { authenticator } from '../../auth.ts';
import type { App, ServerContext } from '../../context.ts';
import { operation } from '../../openapi/operation.ts';
import { fileNameOf } from '../../recording/file-name.ts';
import type { Range } from '../../recording/storage.ts';
import { type RecordingPath, recordingPath, visibleRecording } from './recording.ts';
import { downloadTokens } from './token.ts';

interface Query {
  token?: string;
}

const mediaType = 'video/mp4';
const schema = operation({
  summary: 'Download a recording',
  description:
    'With an access token, or with the one in `fileUrl`, which is good for the recordings of the room for five minutes. Parts can be asked for (`Range`).',
  tag: 'Recordings',
  caller: 'optional',
  params: recordingPath,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: { token: { type: 'string', maxLength: 2048, description: 'From `fileUrl`.' } },
  },
  answers: {
    200: { description: 'The file.', mediaType },
    206: { description: 'The part asked for.', mediaType },
  },
  refusals: ['recording/not-found', 'recording/no-file', 'recording/no-such-range', 'recording/not-read'],
});

/** GET /api/rooms/:id/recordings/:recordingId/download */
export function downloadRecording(scope: App, { store, recordings, config }: ServerContext): void {
  const tokens = downloadTokens(config.auth.jwtSecret);
  const callerIn = authenticator(config.auth.jwtSecret);
  type Download = { Params: RecordingPath; Querystring: Query };
  const find = async ({ params, query, headers }: FastifyRequest<Download>): Promise<Recording> => {
    if (query.token === undefined) {
      return visibleRecording(store, params, callerIn(headers.authorization));
    }
    tokens.require(query.token, params.id);
    const recording = await store.recordings.byId(params.recordingId);
    if (recording?.roomId === params.id) return recording;
    throw failure('recording/not-found', { recording: params.recordingId });
  };
  scope.get<Download>('/:id/recordings/:recordingId/download', { schema }, async (request, reply) => {
    const recording = await find(request);
    const size = recording.fileSize ?? 0;
    const range = recording.state === 'completed' ? partOf(request, recording) : undefined;
    // Fastify reads what a HEAD would send to its end.
    const read = request.method === 'HEAD' && size > 0 ? { start: 0, end: 0 } : range;
    const content = await recordings.open(recording, read);
    reply
      .type(mediaType)
      .headers({
        'accept-ranges': 'bytes',
        'content-disposition': `attachment; filename="${fileNameOf(recording)}"`,
        ...(recording.sha256 === null ? {} : { etag: etagOf(recording) }),
      })
      .header('content-length', range ? range.end - range.start + 1 : size);
    if (range) reply.status(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
    return reply.send(content);
  });
}

function etagOf({ sha256 }: Recording): string {
  return `"${sha256}"`;
}

/** The part that is asked for, where the caller's earlier parts (If-Range) are of the same file. */
function partOf({ headers }: FastifyRequest, recording: Recording): Range | undefined {
  const ifRange = headers['if-range'];
  if (ifRange !== undefined && ifRange !== etagOf(recording)) return undefined;
  return rangeOf(headers.range, recording.fileSize ?? 0);
}

/**
 * The part that a Range header asks for; undefined: all of it. Several parts at once count as all, as RFC 9110 allows.
 * @throws Failure `recording/no-such-range`
 */
function rangeOf(header: string | undefined, size: number): Range | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) throw failure('recording/no-such-range', { size });
  return { start, end };
}
