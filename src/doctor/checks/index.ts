/** Every check, in the order in which things have to work: the first that fails is the one to mend first. */
import type { Check } from '../check.ts';
import { composeApiPublic } from './compose/api-public.ts';
import { composeDevFlag } from './compose/dev-flag.ts';
import { composeHostNetworkPorts } from './compose/host-network-ports.ts';
import { composeLatestTag } from './compose/latest-tag.ts';
import { composePortDiffers } from './compose/port-differs.ts';
import { composeSecretInline } from './compose/secret-inline.ts';
import { composeShellEntrypoint } from './compose/shell-entrypoint.ts';
import { composeUdpRangePublished } from './compose/udp-range-published.ts';
import { composeUnescapedVariable } from './compose/unescaped-variable.ts';
import { configValid } from './config/valid.ts';
import { egressGrantRoom } from './egress/grant-room.ts';
import { egressLocalFileUrl } from './egress/local-file-url.ts';
import { egressPathStyle } from './egress/path-style.ts';
import { egressRedisMissing } from './egress/redis-missing.ts';
import { egressWsUrl } from './egress/ws-url.ts';
import { envBodyShadowsFile } from './env/body-shadows-file.ts';
import { envLivekitConfigUnread } from './env/livekit-config-unread.ts';
import { envServiceLink } from './env/service-link.ts';
import { hostUdpBuffers } from './host/udp-buffers.ts';
import { keysMismatch } from './keys/mismatch.ts';
import { livekitConfigMissing } from './livekit/config-missing.ts';
import { livekitRendered } from './livekit/rendered.ts';
import { nodeIpEnvIgnored } from './node-ip/env-ignored.ts';
import { portsInUse } from './ports/in-use.ts';
import { roomRemoteUnmute } from './room/remote-unmute.ts';
import { roomTimeoutsHigh } from './room/timeouts-high.ts';
import { restartOnFailure } from './service/restart-on-failure.ts';
import { sfuBinaryMissing } from './sfu/binary-missing.ts';
import { tokenExpired } from './token/expired.ts';
import { tokenGrants } from './token/grants.ts';
import { tokenNoExp } from './token/no-exp.ts';
import { tokenOverpowered } from './token/overpowered.ts';
import { tokenWrongKey } from './token/wrong-key.ts';
import { tokenWrongSecret } from './token/wrong-secret.ts';
import { webhookLocalhostInContainer } from './webhook/localhost-in-container.ts';
import { webhookNotConfigured } from './webhook/not-configured.ts';

export const checks: readonly Check[] = [
  configValid,
  livekitConfigMissing,
  livekitRendered,
  keysMismatch,

  composeShellEntrypoint,
  composeUnescapedVariable,
  envLivekitConfigUnread,
  envBodyShadowsFile,
  envServiceLink,
  nodeIpEnvIgnored,
  sfuBinaryMissing,
  portsInUse,
  restartOnFailure,
  composeHostNetworkPorts,
  composeUdpRangePublished,
  composeDevFlag,
  composeLatestTag,
  composeApiPublic,
  composeSecretInline,

  composePortDiffers,
  hostUdpBuffers,

  tokenExpired,
  tokenWrongKey,
  tokenWrongSecret,
  tokenGrants,
  tokenNoExp,
  tokenOverpowered,

  webhookNotConfigured,
  webhookLocalhostInContainer,
  roomTimeoutsHigh,
  roomRemoteUnmute,

  egressGrantRoom,
  egressRedisMissing,
  egressWsUrl,
  egressLocalFileUrl,
  egressPathStyle,
];
