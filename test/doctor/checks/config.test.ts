import { config, recreates } from '../recreate.ts';

recreates(
  'config/valid',
  'a slip in config.yaml',
  { files: { 'config.yaml': config({ livekit: 'nodeIp: 192.0.2.1' }) } },
  { id: 'config/unknown-key', message: /nodeIp/, hint: /nodeIP/, file: 'config.yaml', line: 8 },
);
recreates(
  'livekit/rendered',
  'TURN over TLS has no name that clients could verify',
  {
    files: {
      'config.yaml': config({ livekit: 'turn: {enabled: true, domain: localhost, certFile: a, keyFile: b}' }),
    },
  },
  {
    id: 'turn/domain-unusable',
    severity: 'warning',
    message: /localhost/,
    hint: /livekit\.turn\.domain/,
    line: 8,
  },
);
recreates(
  'livekit/config-missing',
  'livekit.configPath leads nowhere',
  { files: { 'config.yaml': config({ livekit: 'configPath: livekit.yaml' }) } },
  { message: /livekit\.configPath: .*livekit\.yaml: no such file/, hint: /remove it/ },
);
