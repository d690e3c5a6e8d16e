/**
 * Every check, in the order in which things have to work: the first that fails is the one to mend first. Some ids
 * have several, of different facts: what one says of a file and another of the running server is one result.
 */
import { egressRules } from '../../livekit/rules/egress/index.ts';
import { liveKitRules } from '../../livekit/rules/index.ts';
import { type Area, type Check, relay } from '../check.ts';
import { troubles } from '../facts/log-troubles.ts';
import { closeKeyFile, closeTurnSecrets } from '../mends/file-modes.ts';
import type { Mend } from '../mends/mend.ts';
import { migrateKeys } from '../mends/migrate-keys.ts';
import { clockSkew } from './clock/skew.ts';
import { composeApiPublic } from './compose/api-public.ts';
import { composeDevFlag } from './compose/dev-flag.ts';
import { composeHostNetworkPorts } from './compose/host-network-ports.ts';
import { composeLatestTag } from './compose/latest-tag.ts';
import { composePortDiffers } from './compose/port-differs.ts';
import { composeSecretInline } from './compose/secret-inline.ts';
import { composeShellEntrypoint } from './compose/shell-entrypoint.ts';
import { composeUdpRangePublished } from './compose/udp-range-published.ts';
import { composeUnescapedVariable } from './compose/unescaped-variable.ts';
import { configFileMode } from './config/file-mode.ts';
import { configValid } from './config/valid.ts';
import { debugExposed } from './debug/exposed.ts';
import { egressCpu } from './egress/cpu.ts';
import { egressDownloadFailed } from './egress/download-failed.ts';
import { egressGrantRoom } from './egress/grant-room.ts';
import { egressAbsent, egressNotConnected, egressRedisMissing } from './egress/redis-missing.ts';
import { egressSandbox } from './egress/sandbox.ts';
import { envBodyShadowsFile } from './env/body-shadows-file.ts';
import { envLivekitConfigUnread } from './env/livekit-config-unread.ts';
import { envServiceLink } from './env/service-link.ts';
import { hostUdpBuffers } from './host/udp-buffers.ts';
import { egressKeysMismatch, keysMismatch } from './keys/mismatch.ts';
import { keysWeakSecret } from './keys/weak-secret.ts';
import { livekitConfigMissing } from './livekit/config-missing.ts';
import { livekitRendered } from './livekit/rendered.ts';
import { mediaLoss } from './media/loss.ts';
import { mediaUdpBlocked } from './media/udp-blocked.ts';
import { metricsOpen } from './metrics/open.ts';
import { nodeIpEnvIgnored } from './node-ip/env-ignored.ts';
import { nodeIpPrivateBehindNat } from './node-ip/private-behind-nat.ts';
import { nodeIpStunUnreachable } from './node-ip/stun-unreachable.ts';
import { nodeIpUnresolved } from './node-ip/unresolved.ts';
import { portsInUse } from './ports/in-use.ts';
import { proxyHttpOnlyCdn } from './proxy/http-only-cdn.ts';
import { proxyNoUpgrade } from './proxy/no-upgrade.ts';
import { proxyPartialPaths } from './proxy/partial-paths.ts';
import { redisUnreachable } from './redis/unreachable.ts';
import { roomRemoteUnmute } from './room/remote-unmute.ts';
import { roomTimeoutsHigh } from './room/timeouts-high.ts';
import { restartOnFailure } from './service/restart-on-failure.ts';
import { sfuApiUnreachable } from './sfu/api-unreachable.ts';
import { sfuBinaryMissing } from './sfu/binary-missing.ts';
import { sfuCrashedAtStart, sfuCrashedInJournal } from './sfu/crashed-at-start.ts';
import { sfuLeftovers } from './sfu/leftovers.ts';
import { sfuOverloaded } from './sfu/overloaded.ts';
import { sfuSignalUnreachable } from './sfu/signal-unreachable.ts';
import { tlsExpiring } from './tls/expiring.ts';
import { tlsKeyMismatch } from './tls/key-mismatch.ts';
import { tlsSelfSignedSfu } from './tls/self-signed-sfu.ts';
import { tokenExpired } from './token/expired.ts';
import { tokenGrants } from './token/grants.ts';
import { tokenNoExp } from './token/no-exp.ts';
import { tokenOverpowered } from './token/overpowered.ts';
import { tokenWrongKey } from './token/wrong-key.ts';
import { tokenWrongSecret } from './token/wrong-secret.ts';
import { turnDirectPath } from './turn/direct-path.ts';
import { turnExternalTlsMismatch } from './turn/external-tls-mismatch.ts';
import { turnPort443 } from './turn/port-443.ts';
import { turnStaleCert } from './turn/stale-cert.ts';
import { turnRelaysNothing, turnUnavailable } from './turn/unavailable.ts';
import { urlSchemeMismatch } from './url/scheme-mismatch.ts';
import { versionClientServer } from './version/client-server.ts';
import { versionKnownBad } from './version/known-bad.ts';
import { webhookBodyReencoded } from './webhook/body-reencoded.ts';
import { webhookLocalhostInContainer } from './webhook/localhost-in-container.ts';
import { webhookNotArriving, webhookNotConfigured } from './webhook/not-configured.ts';
import { webhookRedirect } from './webhook/redirect.ts';
import { webhookUnreachable } from './webhook/unreachable.ts';

/** Those with a file of their own here; the rest are the linter's rules. */
export const ownChecks: readonly Check[] = [
  configValid,
  configFileMode,
  livekitConfigMissing,
  livekitRendered,
  keysMismatch,
  egressKeysMismatch,
  keysWeakSecret,
  urlSchemeMismatch,
  tlsKeyMismatch,
  tlsExpiring,
  metricsOpen,
  debugExposed,

  composeShellEntrypoint,
  composeUnescapedVariable,
  envLivekitConfigUnread,
  envBodyShadowsFile,
  envServiceLink,
  nodeIpEnvIgnored,
  sfuBinaryMissing,
  portsInUse,
  sfuCrashedAtStart,
  sfuCrashedInJournal,
  sfuLeftovers,
  restartOnFailure,
  composeHostNetworkPorts,
  composeUdpRangePublished,
  composeDevFlag,
  composeLatestTag,
  composeApiPublic,
  composeSecretInline,

  redisUnreachable,
  sfuApiUnreachable,
  sfuOverloaded,
  tlsSelfSignedSfu,
  clockSkew,
  sfuSignalUnreachable,
  proxyNoUpgrade,
  proxyPartialPaths,
  versionClientServer,
  versionKnownBad,

  nodeIpUnresolved,
  nodeIpStunUnreachable,
  nodeIpPrivateBehindNat,
  proxyHttpOnlyCdn,
  composePortDiffers,
  mediaUdpBlocked,
  mediaLoss,
  turnUnavailable,
  turnRelaysNothing,
  turnDirectPath,
  turnPort443,
  turnExternalTlsMismatch,
  turnStaleCert,
  hostUdpBuffers,

  tokenExpired,
  tokenWrongKey,
  tokenWrongSecret,
  tokenGrants,
  tokenNoExp,
  tokenOverpowered,

  webhookNotConfigured,
  webhookNotArriving,
  webhookLocalhostInContainer,
  webhookUnreachable,
  webhookRedirect,
  webhookBodyReencoded,
  roomTimeoutsHigh,
  roomRemoteUnmute,

  egressGrantRoom,
  egressRedisMissing,
  egressNotConnected,
  egressAbsent,
  egressDownloadFailed,
  egressCpu,
  egressSandbox,
];

const byId = new Map(ownChecks.map((check) => [check.id, check]));

/** Where the linter's rules belong that are about more than the file. */
const areas: Record<string, Area> = {
  'node-ip': 'media',
  rtc: 'media',
  turn: 'media',
  room: 'rooms',
  webhook: 'rooms',
};
const areaOf = (id: string): Area => areas[id.replace(/\/.*/, '')] ?? 'configuration';

/** What --fix does about what the linter finds in LiveKit's file. */
const mends: Record<string, Mend> = {
  'keys/file-mode': closeKeyFile,
  'livekit/turn-secret-mode': closeTurnSecrets,
  'livekit/removed-key': migrateKeys,
  'livekit/tls-removed': migrateKeys,
  'livekit/deprecated-key': migrateKeys,
};

/** The linter's rules, each as a check of the files that they are for. */
const rules = [
  ...liveKitRules.flatMap((rule) => {
    const words = byId.get(rule.id) ?? { ...rule, area: areaOf(rule.id) };
    return [relay(words, 'lint', mends[rule.id]), relay(words, 'composeLint')];
  }),
  ...egressRules.map((rule) => relay(byId.get(rule.id) ?? { ...rule, area: 'recording' }, 'egressLint')),
];

/** What a log shows too, of ids that have a check of something else. */
const logged = [...new Set(troubles.map(({ id }) => id))].flatMap((id) => byId.get(id) ?? []);

/** What probing the SFU finds too, of ids that have a check of something else. */
const probed = [
  'url/scheme-mismatch',
  'tls/expiring',
  'token/wrong-key',
  'token/wrong-secret',
  'token/grants',
].flatMap((id) => byId.get(id) ?? []);

const ofConfiguration = ({ area }: Check) => area === 'configuration';

export const checks: readonly Check[] = [
  ...ownChecks.filter(ofConfiguration),
  ...rules,
  ...ownChecks.filter((check) => !ofConfiguration(check)),
  ...probed.map((check) => relay(check, 'sfu')),
  ...logged.map((check) => relay(check, 'log')),
];
