/**
 * As much of psrpc, LiveKit's RPC over Redis pub/sub, as a service needs that answers livekit-server and calls it: a
 * request is published, who would take it claims it, the caller picks one, and that one responds.
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { type Message, type MessageType, proto3, ScalarType } from '@bufbuild/protobuf';
import { Redis } from 'ioredis';

const { STRING, BYTES, INT64, FLOAT } = ScalarType;
type Fields = Record<string, [number: number, type: ScalarType]>;

interface Anything extends Message<Anything> {
  [field: string]: unknown;
}
const message = (name: string, fields: Fields): MessageType<Anything> =>
  proto3.makeMessageType<Anything>(
    `internal.${name}`,
    Object.entries(fields).map(([name, [no, T]]) => ({ no, name, kind: 'scalar', T })),
  );

const Envelope = message('Msg', { typeUrl: [1, STRING], value: [2, BYTES], channel: [3, STRING] });
const Request = message('Request', {
  requestId: [1, STRING],
  clientId: [2, STRING],
  sentAt: [3, INT64],
  expiry: [4, INT64],
  rawRequest: [8, BYTES],
});
const Response = message('Response', {
  requestId: [1, STRING],
  serverId: [2, STRING],
  sentAt: [3, INT64],
  error: [5, STRING],
  code: [6, STRING],
  rawResponse: [7, BYTES],
});
const ClaimRequest = message('ClaimRequest', {
  requestId: [1, STRING],
  serverId: [2, STRING],
  affinity: [3, FLOAT],
});
const ClaimResponse = message('ClaimResponse', { requestId: [1, STRING], serverId: [2, STRING] });

const nanoseconds = (fromNow = 0) => BigInt(Date.now() + fromNow) * 1_000_000n;
/** In milliseconds. */
const patience = 10_000;

export class Psrpc {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #id = `NODE_${randomUUID().replaceAll('-', '')}`;

  constructor(port: number) {
    this.#publisher = new Redis(port, '127.0.0.1');
    this.#subscriber = new Redis(port, '127.0.0.1');
    this.#subscriber.on('messageBuffer', (channel: Buffer, data: Buffer) =>
      this.#events.emit(channel.toString(), Envelope.fromBinary(data)['value']),
    );
  }

  /** Answers `method` of `service`, where there is a topic for that topic alone, until what it returns is called. */
  async serve<I>(
    [service, method, topic]: [service: string, method: string, topic?: string],
    input: { fromBinary(bytes: Uint8Array): I },
    answer: (request: I) => Message | Promise<Message>,
  ): Promise<() => Promise<void>> {
    const path = [service, method, ...(topic === undefined ? [] : [topic])].join('|');
    const respond = async (bytes: Uint8Array) => {
      const request = Request.fromBinary(bytes);
      const requestId = request['requestId'];
      const about = { requestId, serverId: this.#id };
      const chosen = this.#next(ClaimResponse, `${path}|RCLAIM`, (claim) => claim['requestId'] === requestId);
      await this.#publish(
        `${service}|${request['clientId']}|CLAIM`,
        new ClaimRequest({ ...about, affinity: 1 }),
      );
      // Another may be chosen, or the caller may have been told enough.
      if ((await chosen.catch(() => undefined))?.['serverId'] !== this.#id) return;
      const result = await Promise.resolve(
        answer(input.fromBinary(request['rawRequest'] as Uint8Array)),
      ).then(
        (response) => ({ rawResponse: response.toBinary() }),
        (error: Error) => ({ error: error.message, code: 'internal' }),
      );
      const response = new Response({ ...about, sentAt: nanoseconds(), ...result });
      await this.#publish(`${service}|${request['clientId']}|RES`, response);
    };
    const listener = (bytes: Uint8Array) => void respond(bytes).catch(this.#unlessClosed);
    this.#events.on(`${path}|REQ`, listener);
    await this.#subscriber.subscribe(`${path}|REQ`, `${path}|RCLAIM`);
    return async () => {
      this.#events.off(`${path}|REQ`, listener);
      await this.#subscriber.unsubscribe(`${path}|REQ`, `${path}|RCLAIM`);
    };
  }

  /** Calls a method that livekit-server answers. @throws Error when it refuses, or nobody is there */
  async call(service: string, method: string, request: Message): Promise<void> {
    const [claims, responses] = [`${service}|${this.#id}|CLAIM`, `${service}|${this.#id}|RES`];
    await this.#subscriber.subscribe(claims, responses);
    const requestId = `REQ_${randomUUID()}`;
    const isOurs = (reply: Anything) => reply['requestId'] === requestId;
    const claimed = this.#next(ClaimRequest, claims, isOurs);
    const responded = this.#next(Response, responses, isOurs);
    const times = { sentAt: nanoseconds(), expiry: nanoseconds(patience) };
    const rawRequest = request.toBinary();
    await this.#publish(
      `${service}|${method}|REQ`,
      new Request({ requestId, clientId: this.#id, ...times, rawRequest }),
    );
    const { serverId } = await claimed;
    await this.#publish(`${service}|${method}|RCLAIM`, new ClaimResponse({ requestId, serverId }));
    const { error } = await responded;
    if (error !== '') throw new Error(`${service}.${method}: ${error}`);
  }

  /** What was under way when it was closed is nobody's failure. */
  readonly #unlessClosed = (error: unknown) => {
    if (this.#publisher.status !== 'end') throw error;
  };

  close(): void {
    this.#subscriber.disconnect();
    this.#publisher.disconnect();
  }

  async #publish(channel: string, about: Anything): Promise<void> {
    const typeUrl = `type.googleapis.com/${about.getType().typeName}`;
    await this.#publisher.publish(
      channel,
      Buffer.from(new Envelope({ typeUrl, value: about.toBinary() }).toBinary()),
    );
  }

  /** The next message on `channel` that is the one. */
  async #next(
    type: MessageType<Anything>,
    channel: string,
    matches: (message: Anything) => boolean,
  ): Promise<Anything> {
    const signal = AbortSignal.timeout(patience);
    for (;;) {
      const [bytes] = (await once(this.#events, channel, { signal })) as [Uint8Array];
      const received = type.fromBinary(bytes);
      if (matches(received)) return received;
    }
  }
}
