import { freePort } from '../../helpers/ports.ts';
import { config, external, key, recreates, secret, staysSilent } from '../recreate.ts';
import { http } from '../servers.ts';

const files = (egress: string, livekit = 'redis: {address: "redis:6379"}') => ({
  files: {
    'config.yaml': config({ livekit: external }),
    'livekit.yaml': `keys: {${key}: ${secret}}\n${livekit}`,
    'egress.yaml': egress,
  },
  args: ['--livekit-config', 'livekit.yaml', '--egress-config', 'egress.yaml'],
});
const good = `api_key: ${key}
api_secret: ${secret}
ws_url: ws://livekit:7880
redis:
  address: redis:6379
storage:
  s3:
    bucket: recordings
    endpoint: http://minio:9000
    force_path_style: true
`;

recreates('egress/redis-missing', 'egress not connected', files(good, 'port: 7880'), {
  message: /livekit\.yaml has no redis\.address/,
  hint: /the same redis: section/,
});
recreates('egress/redis-missing', 'two databases', files(good.replace('6379\n', '6379\n  db: 3\n')), {
  message: /database 0 of Redis and egress database 3/,
  hint: /the same redis: section/,
  line: 6,
});
recreates('egress/redis-missing', 'two servers', files(good.replace('redis:6379', 'cache:6379')), {
  severity: 'warning',
  message: /LiveKit's Redis is redis:6379 and egress's is cache:6379/,
  hint: /the same redis: section/,
});
staysSilent('egress/redis-missing', 'one server', files(good));

recreates('egress/local-file-url', 'FileURL is a local path', files(good.replace(/storage:[\s\S]*/, '')), {
  severity: 'warning',
  message: /names no storage/,
  hint: /set storage:/,
});
recreates(
  'egress/path-style',
  'the bucket does not resolve',
  files(good.replace(/ *force_path_style.*\n/, '')),
  {
    severity: 'warning',
    message: /no force_path_style/,
    hint: /force_path_style: true/,
    line: 9,
  },
);
recreates(
  'egress/ws-url',
  'recordings stay at starting',
  files(good.replace('ws://livekit:7880', 'livekit:7880')),
  {
    severity: 'warning',
    message: /ws_url is livekit:7880/,
    hint: /ws:\/\/HOST:7880/,
    line: 3,
  },
);
recreates('keys/mismatch', 'egress has another secret', files(good.replace(secret, 'another-0123456789')), {
  message: /another secret for APIdoctor/,
  hint: /copy one to the other/,
  line: 2,
});
staysSilent('egress/ignored-key', 'a good file', files(good));

recreates(
  'egress/ignored-key',
  'storage that does nothing',
  files(good.replace(/storage:\n {2}s3:/, 's3:')),
  {
    message: /ignores s3/,
    hint: /storage:/,
    file: 'egress.yaml',
  },
);

const storedAt = (port: number) => ({
  ...files(good.replace('http://minio:9000', `http://127.0.0.1:${port}`)),
  live: true,
});
// Recordings alone: the LiveKit of these files is nobody's.
const alone = (port: number) => ({
  ...storedAt(port),
  args: ['--egress-config', 'egress.yaml', '--only', 'egress'],
});
recreates('egress/download-failed', 'process_recording fails', async () => alone(await freePort()), {
  message: /cannot be reached: connect ECONNREFUSED/,
  hint: /let this host reach/,
});
recreates(
  'egress/download-failed',
  'a bucket that nobody made',
  async () => alone(await http((_, answer) => answer.writeHead(404).end())),
  { message: /has no bucket recordings/, hint: /create the bucket/ },
);
