import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../helpers/ports.ts';
import { type S3Double, startS3Double } from '../../helpers/s3-double.ts';
import {
  config,
  doctor,
  external,
  key,
  recreates,
  type Scenario,
  secret,
  sees,
  staysSilent,
} from '../recreate.ts';
import { http, tcp } from '../servers.ts';

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

describe('a bucket with keys', () => {
  /** @param change of the egress file */
  const bucketOf = async (s3: S3Double, change = (text: string) => text): Promise<Scenario> => {
    onTestFinished(s3.close);
    const { endpoint, bucket, region, accessKey, secretKey } = s3.target;
    const keys = `    region: ${region}\n    access_key: ${accessKey}\n    secret: ${secretKey}\n`;
    const text = good
      .replace('http://minio:9000', endpoint)
      .replace('bucket: recordings\n', `bucket: ${bucket}\n${keys}`);
    return {
      ...files(change(text)),
      live: true,
      args: ['--egress-config', 'egress.yaml', '--only', 'egress/download-failed'],
    };
  };

  test('that does all that is asked is left as it was', async () => {
    const s3 = await startS3Double();
    const ran = await doctor(await bucketOf(s3), '--json');
    expect(ran.json().checks).toEqual([expect.objectContaining({ status: 'pass', findings: [] })]);
    expect(s3.requests.map(({ line, status }) => [line.replace(/ .*/, ''), status])).toEqual([
      ['PUT', 200],
      ['GET', 200],
      ['DELETE', 204],
    ]);
    expect(s3.objects.size).toBe(0);
  });
  recreates(
    'egress/download-failed',
    'a wrong secret',
    async () => bucketOf(await startS3Double(), (text) => text.replace('a-secret-of-the-double', 'another')),
    { message: /refuses to take an object: SignatureDoesNotMatch/, hint: /access_key and secret/ },
  );
  recreates(
    'egress/download-failed',
    'another bucket',
    async () => bucketOf(await startS3Double(), (text) => text.replace('bucket: meetings', 'bucket: others')),
    { message: /has no bucket others/, hint: /create the bucket/ },
  );
  recreates(
    'egress/download-failed',
    'recordings cannot be fetched',
    async () => {
      const s3 = await startS3Double();
      s3.interfere((line) => (line.startsWith('GET') ? 403 : undefined));
      return bucketOf(s3);
    },
    { message: /refuses to give an object back/, hint: /log of the storage/ },
  );
  recreates(
    'egress/download-failed',
    'recordings cannot be removed',
    async () => {
      const s3 = await startS3Double();
      s3.interfere((line) => (line.startsWith('DELETE') ? 403 : undefined));
      return bucketOf(s3);
    },
    { severity: 'warning', message: /refuses to delete an object/, hint: /log of the storage/ },
  );
  recreates(
    'egress/download-failed',
    'a storage that says nothing',
    async () => {
      const port = await tcp(() => {});
      return bucketOf(await startS3Double(), (text) =>
        text.replace(/endpoint: .*/, `endpoint: http://127.0.0.1:${port}`),
      );
    },
    { message: /cannot be reached: no answer within 3 s/, hint: /let this host reach/ },
  );
  sees(
    'egress/download-failed',
    'a key that may do nothing',
    {
      bucket: {
        at: 'AWS eu-west-1',
        bucket: 'b',
        answer: { ok: false, step: 'put', code: 'AccessDenied', problem: 'AccessDenied: Access Denied' },
      },
    },
    { message: /bucket b at AWS eu-west-1 refuses to take an object/, hint: /s3:PutObject/ },
  );
});

describe('the recorder in a container', () => {
  const inCompose = (service: string, egress = good) => {
    const { files: named, args } = files(egress);
    const compose = `services:\n  egress:\n    image: livekit/egress:v1.9.0\n${service}`;
    return { files: { ...named, 'compose.yaml': compose }, args: [...args, '--compose', 'compose.yaml'] };
  };
  const sandboxed = `${good}enable_chrome_sandbox: true\n`;
  recreates('egress/cpu', 'no worker takes a recording', inCompose('    cpus: 2\n'), {
    severity: 'warning',
    message: /egress is limited to 2 cores/,
    hint: /four cores/,
    file: 'compose.yaml',
    line: 4,
  });
  recreates(
    'egress/cpu',
    'limited as a swarm does',
    inCompose('    deploy: {resources: {limits: {cpus: "0.5"}}}\n'),
    { severity: 'warning', message: /limited to 0\.5 cores/, hint: /cpu_cost/ },
  );
  recreates('egress/sandbox', 'No usable sandbox!', inCompose('    restart: always\n', sandboxed), {
    message: /enable_chrome_sandbox is on, and egress may not make namespaces/,
    hint: /SYS_ADMIN/,
  });
  staysSilent('egress/sandbox', 'it may', inCompose('    cap_add: [SYS_ADMIN]\n', sandboxed));
  staysSilent('egress/cpu', 'four cores', inCompose('    cpus: 4\n'));
});

describe("the recorder's log", () => {
  const log = (...lines: string[]) => ({
    files: { 'config.yaml': config({ livekit: external }) },
    args: ['--log', '-'],
    stdin: `${lines.join('\n')}\n`,
  });
  recreates(
    'egress/cpu',
    'too few cores',
    log(
      '2026-11-20T12:00:00.113Z\tERROR\tegress\tstats/monitor.go:98\tnot enough cpu for some egress types\t{"nodeID": "NE_x", "minimumCpu": 4, "recommended": 4, "available": 2}',
    ),
    { severity: 'warning', message: /finds too few cores/, hint: /four cores/, line: 1 },
  );
  recreates(
    'egress/cpu',
    'none left',
    log(
      '2026-11-20T12:43:29.893Z\tERROR\tegress\tservice/process.go:175\tkilling egress\t{"nodeID": "NE_x", "egressID": "EG_x", "error": "CPU exhausted: 5.11 cores used"}',
    ),
    { severity: 'warning', message: /ended a recording/, hint: /record less at once/ },
  );
  recreates(
    'egress/sandbox',
    'recordings of rooms fail',
    log(
      '{"level":"warn","ts":1742474401.5,"logger":"egress","caller":"service/handler.go:198","msg":"egress failed","nodeID":"NE_x","egressID":"EG_x","error":"chrome failed to start:\\n[35:35:0719/172532.957399:FATAL:zygote_host_impl_linux.cc(127)] No usable sandbox! Update your kernel"}',
    ),
    { severity: 'warning', message: /may not make its sandbox/, hint: /SYS_ADMIN/ },
  );
});
