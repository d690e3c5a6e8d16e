import { describe } from 'vitest';
import { config, external, key, recreates, secret, staysSilent } from '../recreate.ts';

const file = (text: string) => ({
  files: {
    'config.yaml': config({ livekit: external }),
    'livekit.yaml': `keys: {${key}: ${secret}}\n${text}\n`,
  },
  args: ['--livekit-config', 'livekit.yaml'],
});
const compose = (body: string, image = 'livekit/livekit-server:v1.13.5') => ({
  files: {
    'config.yaml': config({ livekit: external }),
    'compose.yaml': `services:\n  livekit:\n    image: ${image}\n    environment:\n      LIVEKIT_CONFIG: |\n${body.replace(/^(?=.)/gm, '        ')}\n`,
  },
  args: ['--compose', 'compose.yaml'],
});

describe("the guide's rows that LiveKit's file shows", () => {
  recreates(
    'turn/domain-required',
    'TURN domain required',
    file('turn:\n  enabled: true\n  tls_port: 5349'),
    {
      message: /domain/,
      hint: /domain/,
      file: 'livekit.yaml',
      line: 4,
    },
  );
  recreates('livekit/tls-removed', 'field tls not found', file('tls:\n  cert_file: a\n  key_file: b'), {
    message: /tls/,
    hint: /http:\/\//,
    file: 'livekit.yaml',
    line: 2,
  });
  recreates('livekit/yaml-syntax', 'indentation by a tab', file('rtc:\n\tnode_ip: 192.0.2.7'), {
    message: /tab|character/,
    hint: /./,
    file: 'livekit.yaml',
    line: 3,
  });
  recreates('livekit/yaml-syntax', 'in LIVEKIT_CONFIG', compose('port: 7880\nrtc: {'), {
    message: /livekit, LIVEKIT_CONFIG/,
    hint: /./,
    file: 'compose.yaml',
  });
  recreates('node-ip/none', 'no address of our own', file('rtc: {tcp_port: 7881}'), {
    severity: 'warning',
    message: /node_ip/,
    hint: /node_ip/,
  });
  staysSilent('turn/domain-required', 'TURN over UDP alone', file('turn: {enabled: true, udp_port: 3478}'));
});

describe('by the release that reads it', () => {
  recreates(
    'livekit/too-new-key',
    'an image that is older than the configuration',
    compose(
      `keys: {${key}: ${secret}}\nturn: {enabled: true, udp_port: 3478, ttl_seconds: 60}`,
      'livekit/livekit-server:v1.9.0',
    ),
    { message: /ttl_seconds/, hint: /1\.12/, file: 'compose.yaml', line: 7 },
  );
  recreates(
    'version/known-bad',
    'a release that upstream says not to use',
    compose(`keys: {${key}: ${secret}}`, 'livekit/livekit-server:v1.9.10'),
    { severity: 'warning', message: /1\.9\.10/, hint: /./ },
  );
});

recreates('webhook/not-configured', 'in the compose file', compose(`keys: {${key}: ${secret}}`), {
  message: /LIVEKIT_CONFIG of service livekit has no webhook\.urls/,
  hint: /webhook/,
  file: 'compose.yaml',
  line: 6,
});
