/** Every rule, in the order in which they run. A new rule is a file and a line here, and a folder in test/fixtures/rules. */
import { badValue } from './bad-value.ts';
import { duplicateKey } from './duplicate-key.ts';
import { foreignDialectRule } from './foreign-dialect.ts';
import { keyFileFormat, keyFileMissing, keyFileMode } from './key-file.ts';
import { keysMissing } from './keys-missing.ts';
import { keysWeakSecret } from './keys-weak-secret.ts';
import { removedKey, tlsRemoved, tooNewKey, unknownKey } from './known-keys.ts';
import { nodeIpInvalid } from './node-ip-invalid.ts';
import { nodeIpNone } from './node-ip-none.ts';
import { nodeIpOverridden } from './node-ip-overridden.ts';
import { placeholder } from './placeholder.ts';
import { bindAddress, portsCollision, portsInvalid } from './ports.ts';
import { rtcIpFilter, rtcNoTransport, rtcPortInvalid, rtcRangeAndMux, rtcRangeSmall } from './rtc.ts';
import type { Rule } from './rule.ts';
import {
  redisAddress,
  redisPassword,
  redisTls,
  redisUnused,
  turnSecretFile,
  webhookApiKey,
  webhookUrl,
} from './services.ts';
import {
  debugExposed,
  deprecatedKey,
  knownBadVersion,
  loggingLevel,
  metricsOpen,
  nodeSelector,
  panickingValue,
  roomTimeouts,
} from './settings.ts';
import {
  turnCidr,
  turnDomainRequired,
  turnDomainUnusable,
  turnNodeIpFamily,
  turnNoPort,
  turnPort443,
  turnPrivatePeers,
  turnRelayRange,
} from './turn.ts';
import { turnCertExpiring, turnCertName, turnCertUnusable, turnKeyMismatch } from './turn-certificate.ts';
import { wrongKind } from './wrong-kind.ts';
import { yamlEmpty } from './yaml-empty.ts';
import { yamlSyntax } from './yaml-syntax.ts';

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
  keyFileMissing,
  keyFileMode,
  keyFileFormat,
  turnSecretFile,
  redisAddress,
  redisTls,
  redisUnused,
  redisPassword,
  nodeSelector,
  webhookApiKey,
  webhookUrl,
  rtcPortInvalid,
  rtcRangeSmall,
  rtcRangeAndMux,
  rtcNoTransport,
  rtcIpFilter,
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
  deprecatedKey,
  knownBadVersion,
  loggingLevel,
  roomTimeouts,
  metricsOpen,
  debugExposed,
  placeholder,
];
