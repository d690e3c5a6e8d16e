import { describe } from 'vitest';
import { config, external, key, recreates, secret, staysSilent } from '../recreate.ts';

const livekit = (text: string, compose?: string) => ({
  files: {
    'config.yaml': config({ livekit: external }),
    'livekit.yaml': `keys: {${key}: ${secret}}\n${text}`,
    ...(compose === undefined ? {} : { 'compose.yaml': compose }),
  },
  args: ['--livekit-config', 'livekit.yaml', ...(compose === undefined ? [] : ['--compose', 'compose.yaml'])],
});
const webhook = (url: string, apiKey = key) => `webhook:\n  urls:\n    - ${url}\n  api_key: ${apiKey}`;
const ours = 'https://meet.example.com/api/livekit/webhook';

describe('webhooks', () => {
  recreates('webhook/not-configured', 'stale participants', livekit('port: 7880'), {
    message: /livekit\.yaml has no webhook\.urls/,
    hint: /api\/livekit\/webhook/,
  });
  recreates(
    'webhook/not-configured',
    'another receiver only',
    livekit(webhook('https://hooks.example.com/x')),
    {
      message: /reports to https:\/\/hooks\.example\.com\/x, and not to/,
      hint: /webhook/,
      line: 3,
    },
  );
  recreates('webhook/not-configured', 'signed with another key', livekit(webhook(ours, 'APIother')), {
    message: /signs webhooks with the key APIother/,
    hint: /livekit\.apiKey/,
    line: 5,
  });
  staysSilent('webhook/not-configured', 'as the guide has it', livekit(webhook(ours)));

  const service = 'services: {livekit: {image: "livekit/livekit-server:v1.13.5"';
  recreates(
    'webhook/localhost-in-container',
    'never arrives',
    livekit(webhook('http://localhost:8090/api/livekit/webhook'), `${service}}}`),
    { message: /reports to http:\/\/localhost:8090/, hint: /name the service/, line: 4 },
  );
  staysSilent(
    'webhook/localhost-in-container',
    'on the host network',
    livekit(webhook('http://localhost:8090/api/livekit/webhook'), `${service}, network_mode: host}}`),
  );
});

describe('rooms', () => {
  recreates('room/timeouts-high', 'rooms that stay', livekit('room:\n  departure_timeout: 3600'), {
    severity: 'warning',
    message: /room\.departure_timeout keeps a room for 60 minutes/,
    hint: /300 and 20/,
    line: 3,
  });
  recreates(
    'room/timeouts-high',
    'in the configuration of an embedded LiveKit',
    { files: { 'config.yaml': config({ livekit: 'room: {empty_timeout: 1200}' }) } },
    { severity: 'warning', message: /room\.empty_timeout keeps a room for 20 minutes/, hint: /300 and 20/ },
  );
  staysSilent('room/timeouts-high', 'the defaults', livekit('room: {empty_timeout: 300}'));
  recreates('room/remote-unmute', 'unmute is refused', livekit('port: 7880'), {
    severity: 'info',
    message: /not unmuted/,
    hint: /enable_remote_unmute: true/,
  });
});
