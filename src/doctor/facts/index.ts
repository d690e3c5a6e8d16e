/** Everything doctor can know, by name, and how each is found out. */

import type { LoadedConfig } from '../../config/index.ts';
import { show } from '../../config/show.ts';
import type { Leftover } from '../../sfu/temp-config.ts';
import type { Document } from '../document.ts';
import { type Binary, lookForBinary } from './binary.ts';
import { askBucket, type Bucket } from './bucket.ts';
import { readServerCertificate, type ServerCertificate } from './certificates.ts';
import { type Compose, readCompose } from './compose.ts';
import { readEgress } from './egress.ts';
import { type FactSource, Missing } from './gather.ts';
import { type HostFacts, lookAtHost } from './host.ts';
import { readJournal } from './journal.ts';
import { collectEnvironments, collectLaunches, type Environment, type Launch } from './launches.ts';
import { lookForLeftovers } from './leftovers.ts';
import { type Linted, lintComposeFile, lintEgressFile, lintText } from './lint.ts';
import {
  knowRunningRelease,
  knowVersion,
  type LiveKitConfig,
  type LiveKitText,
  type LiveKitVersion,
  type OwnFile,
  type RunningRelease,
  readLiveKit,
  readLiveKitText,
  readOwnFile,
} from './livekit.ts';
import { type Log, readLog } from './log.ts';
import { type Media, makeCalls } from './media.ts';
import { compareOccupancy, type LingeringRoom, type Occupancy, timeoutsOfRooms } from './occupancy.ts';
import { type OpenPage, tryPages, tryPublishedPairs } from './open-doors.ts';
import { bindPorts, type PortState } from './ports.ts';
import { askForRecordings, type Recorder } from './recorder.ts';
import { pingRedis, type RedisFacts } from './redis.ts';
import { lookAtSecretFiles, type SecretFile } from './secret-files.ts';
import { join, probe, type Sfu, type Signal } from './sfu.ts';
import { type Token, takeApart } from './token.ts';
import {
  askExternalAddress,
  askTurn,
  type ExternalAddress,
  lookUpHost,
  type PublicHost,
  type Turn,
} from './turn.ts';
import { readUnits, type Unit } from './units.ts';
import { deliverWebhooks, type WebhookDelivery } from './webhook.ts';

export type { Question } from './question.ts';

export interface Facts {
  /** Bedrud's configuration; without a file the defaults and the environment. */
  config: LoadedConfig;
  ownFile: OwnFile;
  livekitText: LiveKitText;
  livekit: LiveKitConfig;
  lint: Linted;
  composeLint: Linted;
  egressLint: Linted;
  version: LiveKitVersion;
  runningRelease: RunningRelease;
  egress: Document;
  compose: Compose;
  units: Unit[];
  /** At least one. */
  launches: Launch[];
  environments: Environment[];
  host: HostFacts;
  /** livekit-server is this host's to run. */
  embedded: true;
  binary: Binary;
  leftovers: Leftover[];
  secretFiles: SecretFile[];
  ports: PortState[];
  certificate: ServerCertificate;
  sfu: Sfu;
  signal: Signal;
  occupancy: Occupancy;
  rooms: LingeringRoom[];
  openPages: OpenPage[];
  /** Keys of published pairs that the running server accepts. */
  publishedPairs: string[];
  media: Media;
  turn: Turn;
  externalAddress: ExternalAddress;
  publicHost: PublicHost;
  redis: RedisFacts;
  recorder: Recorder;
  bucket: Bucket;
  /** At least one. */
  webhooks: WebhookDelivery[];
  token: Token;
  log: Log;
  /** Of livekit-server, which refuses connections. */
  journal: Log;
}
export type FactName = keyof Facts;

export interface Gatherer<T> {
  /** It sends something, and is left out with --offline. */
  network?: true;
  /** It may take as long as the whole run. */
  patient?: true;
  /** @throws Missing, or a Failure, when it can't be known */
  gather(source: FactSource, signal: AbortSignal): T | Promise<T>;
}
export type Gatherers = { [N in FactName]: Gatherer<Facts[N]> };

export const gatherers: Gatherers = {
  config: { gather: requireConfig },
  ownFile: { gather: readOwnFile },
  livekitText: { gather: readLiveKitText },
  livekit: { gather: readLiveKit },
  lint: { gather: lintText },
  composeLint: { gather: lintComposeFile },
  egressLint: { gather: lintEgressFile },
  version: { gather: knowVersion },
  runningRelease: { network: true, gather: knowRunningRelease },
  egress: { gather: readEgress },
  compose: { gather: readCompose },
  units: { gather: readUnits },
  launches: { gather: collectLaunches },
  environments: { gather: collectEnvironments },
  host: { gather: lookAtHost },
  embedded: { gather: requireEmbedded },
  binary: { gather: lookForBinary },
  leftovers: { gather: lookForLeftovers },
  secretFiles: { gather: lookAtSecretFiles },
  ports: { gather: bindPorts },
  certificate: { gather: readServerCertificate },
  sfu: { network: true, gather: probe },
  signal: { network: true, gather: join },
  occupancy: { network: true, gather: compareOccupancy },
  rooms: { network: true, gather: timeoutsOfRooms },
  openPages: { network: true, gather: tryPages },
  publishedPairs: { network: true, gather: tryPublishedPairs },
  media: { network: true, patient: true, gather: makeCalls },
  turn: { network: true, gather: askTurn },
  externalAddress: { network: true, gather: askExternalAddress },
  publicHost: { network: true, gather: lookUpHost },
  redis: { network: true, gather: pingRedis },
  recorder: { network: true, gather: askForRecordings },
  bucket: { network: true, gather: askBucket },
  webhooks: { network: true, gather: deliverWebhooks },
  token: { gather: takeApart },
  log: { patient: true, gather: readLog },
  journal: { gather: readJournal },
};

/** Without a file and a variable there is nothing but defaults, of which nothing can be said. */
function requireConfig({ question: { config } }: FactSource): LoadedConfig {
  const isGiven = config.file !== undefined || Object.keys(show(config, true).origins).length > 0;
  if (!isGiven) throw new Missing('there is no configuration of Bedrud (-c FILE)');
  return config;
}

function requireEmbedded({ question }: FactSource): true {
  if (question.config.file === undefined) throw new Missing("there is no configuration of Bedrud's");
  if (question.config.config.livekit.external) throw new Missing('the SFU is external: it runs elsewhere');
  return true;
}
