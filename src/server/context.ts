/** What the routes work with. */
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Config } from '../config/model.ts';
import type { SfuConnection } from '../sfu/connection.ts';
import type { RoomOperations } from '../sfu/rooms.ts';
import type { Store } from '../store/index.ts';
import type { Metrics } from './metrics/index.ts';
import type { AddressRule } from './outgoing/addresses.ts';
import type { RecordingService } from './recording/service.ts';
import type { Tracing } from './tracing/index.ts';

/** How the SFU is, as its supervisor or its monitor sees it. */
export type SfuState = 'starting' | 'ready' | 'restarting' | 'unreachable' | 'stopped' | 'failed';

/** What the API does to participants. */
export type ParticipantControl = Pick<
  RoomOperations,
  | 'deleteRoom'
  | 'getParticipant'
  | 'listParticipants'
  | 'removeParticipant'
  | 'mutePublishedTrack'
  | 'updateParticipant'
  | 'sendData'
>;

export interface Sfu {
  connection: SfuConnection;
  state(): SfuState;
  /** Loaded when first asked for: the SDK behind it costs memory and time. */
  control(): Promise<ParticipantControl>;
}

export interface ServerContext {
  config: Pick<Config, 'server' | 'cors' | 'livekit' | 'rateLimit'> & {
    auth: Pick<Config['auth'], 'sessionSecret' | 'guestLoginEnabled' | 'tokenDuration'> & {
      jwtSecret: string;
    };
  };
  store: Store;
  sfu: Sfu;
  recordings: RecordingService;
  /** Where outgoing webhooks may go. */
  deliverable: AddressRule;
  metrics: Metrics;
  /** Where requests are traced to. */
  tracing?: Tracing | undefined;
  log: FastifyBaseLogger;
  /** True once the server has begun to end. */
  draining(): boolean;
}

/** Whether to believe what who is at this address says of the client. @param hop 0: who is connected to us */
export type Trust = (address: string, hop: number) => boolean;

/** The instance that routes are added to. */
export type App = FastifyInstance;
