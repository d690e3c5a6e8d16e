import { once } from 'node:events';
import {
  AddTrackRequest,
  JoinRequest,
  type JoinResponse,
  LeaveRequest,
  SignalRequest,
  SignalResponse,
  type TrackInfo,
  TrackSource,
  TrackType,
  WrappedJoinRequest,
} from '@livekit/protocol';
import WebSocket from 'ws';

/** The server answered the upgrade with a plain response. */
export class JoinRefused extends Error {
  readonly status: number;
  readonly body: string;
  constructor(status: number, body: string) {
    super(`${status} ${body}`);
    this.status = status;
    this.body = body;
  }
}

export interface JoinOptions {
  /** More for the query: `{ protocol: '9', reconnect: '1' }`. */
  query?: Record<string, string>;
  /** Joins at `/rtc/v1` with this instead of `/rtc`. */
  joinRequest?: ConstructorParameters<typeof JoinRequest>[0];
  /** Speaks JSON: the server answers in the encoding it is spoken to, after its first message. */
  json?: boolean;
}

type Message = SignalResponse['message'];
type Case = NonNullable<Message['case']>;
type ValueOf<C extends Case> = Extract<Message, { case: C }>['value'];
type Request = ConstructorParameters<typeof SignalRequest>[0];

/** As many as a test can want; nothing here waits without a bound. */
const patienceMs = 8000;

/** A LiveKit client that signals and has no media: it joins, publishes by announcing, hears of others, and leaves. */
export class SignalClient {
  /** Everything the server has sent, oldest first. */
  readonly received: Message[] = [];
  /** Settles when the connection ends, with the WebSocket close code. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #json: boolean;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket, json: boolean) {
    this.#socket = socket;
    this.#json = json;
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('message', (data: Buffer, binary) => {
      this.received.push(decode(data, binary));
      this.#wake();
    });
    // An error is followed by the close, which is what callers wait for.
    socket.on('error', () => {});
    void this.closed.then(() => this.#wake());
  }

  /**
   * Joins the room that `token` is for.
   * @param url the server's, `http://127.0.0.1:7880`
   * @returns once the first message is there, which is a JoinResponse unless the client asked to reconnect
   * @throws JoinRefused when the server answers without upgrading
   */
  static async join(url: string, token: string, options: JoinOptions = {}): Promise<SignalClient> {
    const { joinRequest, json = false } = options;
    const base = url.replace(/^http/, 'ws').replace(/\/$/, '');
    const target = new URL(`${base}${joinRequest ? '/rtc/v1' : '/rtc'}`);
    target.searchParams.set('access_token', token);
    if (joinRequest) {
      const wrapped = new WrappedJoinRequest({ joinRequest: new JoinRequest(joinRequest).toBinary() });
      const base64 = Buffer.from(wrapped.toBinary()).toString('base64');
      target.searchParams.set('join_request', base64.replaceAll('+', '-').replaceAll('/', '_'));
    } else {
      const query = { protocol: '16', sdk: 'js', version: '2.15.0', auto_subscribe: '1', ...options.query };
      for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
    }
    const socket = new WebSocket(target);
    const client = new SignalClient(socket, json);
    const timer = setTimeout(() => socket.terminate(), patienceMs);
    try {
      await Promise.race([once(socket, 'message'), refusalOf(socket), client.closed]);
    } finally {
      clearTimeout(timer);
    }
    const [first] = client.received;
    if (first === undefined) throw new Error(`closed with ${await client.closed} before the first message`);
    return client;
  }

  /** The JoinResponse it began with. */
  get join(): JoinResponse {
    const [first] = this.received;
    if (first?.case !== 'join') throw new Error(`expected a JoinResponse first, got ${first?.case}`);
    return first.value;
  }

  get sid(): string {
    return this.join.participant?.sid ?? '';
  }

  send(message: NonNullable<Request>['message']): void {
    const request = new SignalRequest({ message: message as SignalRequest['message'] });
    this.#socket.send(this.#json ? request.toJsonString() : request.toBinary());
  }

  /**
   * The first message of this kind that `matches`, seen already or yet to come.
   * @throws Error when none comes in time or the connection ends first
   */
  async wait<C extends Case>(
    kind: C,
    matches: (value: ValueOf<C>) => boolean = () => true,
    timeoutMs = patienceMs,
  ): Promise<ValueOf<C>> {
    const find = () =>
      this.received.find((message) => message.case === kind && matches(message.value as ValueOf<C>));
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = find();
      if (found) return found.value as ValueOf<C>;
      const left = deadline - Date.now();
      if (left <= 0 || this.#socket.readyState === WebSocket.CLOSED) {
        const seen = this.received.map((message) => message.case).join(', ');
        throw new Error(`no ${kind} came; seen: ${seen}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const waiting = this.#waiting;
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  /** Announces a track and returns what the server calls it. */
  async publish(track: ConstructorParameters<typeof AddTrackRequest>[0] = {}): Promise<TrackInfo> {
    const request = new AddTrackRequest({
      cid: `cid-${Math.random().toString(36).slice(2)}`,
      name: 'mic',
      type: TrackType.AUDIO,
      source: TrackSource.MICROPHONE,
      ...track,
    });
    this.send({ case: 'addTrack', value: request });
    const published = await this.wait('trackPublished', ({ cid }) => cid === request.cid);
    if (!published.track) throw new Error('TrackPublishedResponse without a track');
    return published.track;
  }

  /** Leaves as clients do, and waits until the server has hung up. */
  async leave(): Promise<void> {
    if (this.#socket.readyState === WebSocket.OPEN) this.send({ case: 'leave', value: new LeaveRequest() });
    const timer = setTimeout(() => this.#socket.terminate(), patienceMs);
    await this.closed;
    clearTimeout(timer);
  }

  /** Drops the connection without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** Rejects when the upgrade is answered with a plain response. */
function refusalOf(socket: WebSocket): Promise<never> {
  return new Promise((_, reject) => {
    socket.on('unexpected-response', async (_request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      socket.terminate();
      reject(new JoinRefused(response.statusCode ?? 0, Buffer.concat(chunks).toString()));
    });
  });
}

function decode(data: Buffer, binary: boolean): Message {
  const response = binary
    ? SignalResponse.fromBinary(data)
    : SignalResponse.fromJsonString(data.toString(), { ignoreUnknownFields: true });
  return response.message;
}
