/** Every rule on livekit-server's files, in the order in which they run. A new rule is a file, a line here, and a folder in test/fixtures/rules. */

import { bindAddress } from './bind/not-an-address.ts';
import { bindNotLocal } from './bind/not-local.ts';
import { debugExposed } from './debug/exposed.ts';
import { keyFileMissing } from './keys/file-missing.ts';
import { keyFileMode } from './keys/file-mode.ts';
import { keyFileFormat } from './keys/format.ts';
import { keysMissing } from './keys/missing.ts';
import { keysWeakSecret } from './keys/weak-secret.ts';
import { badValue } from './livekit/bad-value.ts';
import { deprecatedKey } from './livekit/deprecated-key.ts';
import { duplicateKey } from './livekit/duplicate-key.ts';
import { foreignDialectRule } from './livekit/foreign-dialect.ts';
import { nodeSelector } from './livekit/node-selector.ts';
import { placeholder } from './livekit/placeholder.ts';
import { removedKey } from './livekit/removed-key.ts';
import { tlsRemoved } from './livekit/tls-removed.ts';
import { tooNewKey } from './livekit/too-new-key.ts';
import { turnSecretFile } from './livekit/turn-secret-mode.ts';
import { unknownKey } from './livekit/unknown-key.ts';
import { wrongKind } from './livekit/wrong-kind.ts';
import { yamlEmpty } from './livekit/yaml-empty.ts';
import { yamlSyntax } from './livekit/yaml-syntax.ts';
import { loggingLevel } from './logging/level.ts';
import { metricsOpen } from './metrics/open.ts';
import { nodeIpInvalid } from './node-ip/invalid.ts';
import { nodeIpNone } from './node-ip/none.ts';
import { nodeIpOverridden } from './node-ip/overridden.ts';
import { portsCollision } from './ports/collision.ts';
import { portsInvalid } from './ports/invalid.ts';
import { redisUnused } from './redis/no-address.ts';
import { redisPassword } from './redis/no-password.ts';
import { redisTls } from './redis/tls-files.ts';
import { redisAddress } from './redis/url-in-address.ts';
import { roomTimeouts } from './room/timeouts-high.ts';
import { rtcIpFilter } from './rtc/ip-filter.ts';
import { rtcNoTransport } from './rtc/no-transport.ts';
import { rtcPortInvalid } from './rtc/port-invalid.ts';
import { rtcRangeAndMux } from './rtc/range-and-mux.ts';
import { rtcRangeSmall } from './rtc/range-small.ts';
import type { Rule } from './rule.ts';
import { panickingValue } from './sfu/panic.ts';
import { turnCertExpiring } from './tls/expiring.ts';
import { turnKeyMismatch } from './tls/key-mismatch.ts';
import { turnCertName } from './turn/cert-name.ts';
import { turnCertUnusable } from './turn/cert-unusable.ts';
import { turnCidr } from './turn/cidr-invalid.ts';
import { turnDomainRequired } from './turn/domain-required.ts';
import { turnDomainUnusable } from './turn/domain-unusable.ts';
import { turnNoPort } from './turn/no-port.ts';
import { turnNodeIpFamily } from './turn/node-ip-family.ts';
import { turnPort443 } from './turn/port-443.ts';
import { turnPrivatePeers } from './turn/private-peers.ts';
import { turnRelayRange } from './turn/relay-range.ts';
import { knownBadVersion } from './version/known-bad.ts';
import { webhookApiKey } from './webhook/api-key.ts';
import { webhookUrl } from './webhook/url.ts';

export const liveKitRules: readonly Rule[] = [
  yamlSyntax,
  yamlEmpty,
  foreignDialectRule,
  tlsRemoved,
  unknownKey,
  tooNewKey,
  removedKey,
  duplicateKey,
  wrongKind,
  badValue,
  nodeIpInvalid,
  nodeIpOverridden,
  nodeIpNone,
  keysMissing,
  keysWeakSecret,
  keyFileMode,
  keyFileMissing,
  keyFileFormat,
  turnSecretFile,
  redisTls,
  redisAddress,
  redisUnused,
  redisPassword,
  nodeSelector,
  webhookApiKey,
  webhookUrl,
  rtcIpFilter,
  rtcPortInvalid,
  rtcRangeSmall,
  rtcRangeAndMux,
  rtcNoTransport,
  panickingValue,
  turnNoPort,
  turnDomainRequired,
  turnDomainUnusable,
  turnNodeIpFamily,
  turnCertUnusable,
  turnKeyMismatch,
  turnCertName,
  turnCertExpiring,
  turnRelayRange,
  turnPort443,
  turnPrivatePeers,
  turnCidr,
  portsInvalid,
  portsCollision,
  bindAddress,
  bindNotLocal,
  deprecatedKey,
  knownBadVersion,
  loggingLevel,
  roomTimeouts,
  metricsOpen,
  debugExposed,
  placeholder,
];
