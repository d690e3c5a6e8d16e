import type { Claims } from './grants.ts';
import { type ProtoMessage, twirpJson } from './protojson.ts';
import { TwirpError } from './twirp-error.ts';

/** The class of a protobuf message. */
interface ProtoType<I> {
  fromJsonString(json: string, options: { ignoreUnknownFields: boolean }): I;
  fromBinary(bytes: Uint8Array): I;
}

/** One call of a service. Grants are the call's own business: requests are decoded before tokens are judged. */
export interface Call {
  input: ProtoType<unknown>;
  /** @throws TwirpError */
  run(request: unknown, claims: Claims | undefined): ProtoMessage;
}

export type Service = Readonly<Record<string, Call>>;

/** Declares a call; the input's type flows into `run`. */
export function call<I>(
  input: ProtoType<I>,
  run: (request: I, claims: Claims | undefined) => ProtoMessage,
): Call {
  return { input, run: run as Call['run'] };
}

export interface TwirpRequest {
  method: string;
  /** `/twirp/livekit.RoomService/ListRooms`. */
  path: string;
  contentType: string;
  body: Buffer;
  claims: Claims | undefined;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** Answers a request to `service`, in the encoding it came in; refusals are JSON always. */
export function answerTwirp(service: Service, request: TwirpRequest): Answer {
  try {
    return answer(service, request);
  } catch (error) {
    if (!(error instanceof TwirpError)) throw error;
    const headers = { 'content-type': 'application/json' };
    return { status: error.status, headers, body: JSON.stringify(error) };
  }
}

function answer(service: Service, { method, path, contentType, body, claims }: TwirpRequest): Answer {
  const badRoute = (message: string) =>
    new TwirpError('bad_route', message, { twirp_invalid_route: `${method} ${path}` });
  if (method !== 'POST') throw badRoute(`unsupported method "${method}" (only POST is allowed)`);
  const name = path.split('/').slice(3).join('/');
  const found = Object.hasOwn(service, name) ? service[name] : undefined;
  if (!found) throw badRoute(`no handler for path "${path}"`);
  const encoding = contentType.split(';', 1)[0]?.trim().toLowerCase();
  const headers = { 'content-type': encoding ?? '' };
  if (encoding === 'application/json') {
    const request = decoded('json', () =>
      found.input.fromJsonString(body.toString(), { ignoreUnknownFields: true }),
    );
    return { status: 200, headers, body: twirpJson(found.run(request, claims)) };
  }
  if (encoding === 'application/protobuf') {
    const request = decoded('protobuf', () => found.input.fromBinary(body));
    return { status: 200, headers, body: found.run(request, claims).toBinary() };
  }
  throw badRoute(`unexpected Content-Type: "${contentType}"`);
}

function decoded<T>(encoding: string, decode: () => T): T {
  try {
    return decode();
  } catch {
    throw new TwirpError('malformed', `the ${encoding} request could not be decoded`);
  }
}
