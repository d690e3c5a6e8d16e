/** Set-ups of real parts in which everything works: whatever doctor says of them is a false alarm. */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Finding } from '../../src/core/finding.ts';
import type { Diagnosis } from '../../src/doctor/index.ts';
import type { DatabaseLocation } from '../../src/store/index.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { describeWithNetworks, makeNetwork } from '../helpers/netns.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { bedrud, initialise, makePlace, type Place, type Serving, serve } from '../helpers/serve.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
});
const patience = { timeout: 90_000 };
const keys = { apiKey: 'APIhealthy', apiSecret: 'a-secret-of-the-healthy-set-ups-0123456789' };
const place = (env: Record<string, string> = {}) =>
  makePlace({ LIVEKIT_SERVER_BIN: findProgram('livekit-server') ?? '', ...env });

async function started(here: Place, ...args: string[]): Promise<Serving> {
  const serving = await serve(here, ...args);
  undo.push(() => {
    serving.kill('SIGTERM');
    return serving.ended;
  });
  return serving;
}

function run(here: Place, program: string, args: string[]): void {
  const found = findProgram(program) ?? program;
  const { namespace, ...options } = here;
  const child = namespace
    ? namespace.start(found, args, { ...options, stdio: 'ignore' })
    : spawn(found, args, { ...options, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  undo.push(() => {
    child.kill('SIGTERM');
    return ended;
  });
}

/**
 * What is wrong with releases, it is right to say: those of the machine's livekit-server don't count.
 * @param atLeast that many checks have something to look at
 */
async function nothingWrong(here: Place, atLeast: number, ...args: string[]): Promise<void> {
  const { status, stdout, stderr } = await bedrud(
    here,
    'doctor',
    '--json',
    '--fail-on',
    'warning',
    '--skip',
    'version',
    ...args,
  );
  const { checks, summary } = JSON.parse(stdout) as Diagnosis;
  const alarms = checks.flatMap(({ findings }): Finding[] =>
    findings.filter(({ severity }) => severity !== 'info'),
  );
  expect(alarms).toEqual([]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(summary.pass).toBeGreaterThan(atLeast);
  for (const id of [
    'sfu/api-unreachable',
    'sfu/signal-unreachable',
    'token/wrong-key',
    'proxy/partial-paths',
  ])
    expect(checks).toContainEqual(expect.objectContaining({ id, status: 'pass' }));
}

async function nginx(folder: string, here: Place, http: string): Promise<void> {
  await mkdir(folder);
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const file = path.join(folder, 'nginx.conf');
  const text = `daemon off; user root; pid ${folder}/pid; error_log ${folder}/error; events {}
http { access_log off; ${temps.join(' ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  ${http}
}`;
  await writeFile(file, text);
  run(here, 'nginx', ['-c', file, '-e', path.join(folder, 'error')]);
}
const proxied = (to: string) =>
  `proxy_pass ${to}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
   proxy_set_header Connection $connection_upgrade; proxy_set_header Host $host;
   proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`;

describeWithNetworks(['livekit-server', 'openssl', 'nginx'], 'on a host with a name of its own', () => {
  const domain = 'meet.example.com';
  const address = '203.0.113.10';
  const network = makeNetwork();
  const namespace = network.add('healthy', { [domain]: address });
  network.ip('healthy', 'address', 'add', `${address}/32`, 'dev', 'lo');
  afterAll(() => network.close());
  /** The certificate is its own authority, which everybody here trusts. */
  const secured = async () => {
    const { certFile, keyFile } = makeCertificate(domain, 90);
    const env = { NODE_EXTRA_CA_CERTS: certFile, SSL_CERT_FILE: certFile };
    return { certFile, keyFile, here: { ...(await place(env)), namespace } };
  };

  test('embedded, as bedrud init writes it', patience, async () => {
    const here = { ...(await place()), namespace };
    await initialise(here, { address });
    await started(here);
    await nothingWrong(here, 60);
  });

  test('embedded with TLS, on 443', patience, async () => {
    const { certFile, keyFile, here } = await secured();
    await initialise(here, {
      address,
      port: 443,
      server: `domain: ${domain}\n  certFile: ${certFile}\n  keyFile: ${keyFile}`,
      tls: true,
    });
    await started(here);
    await nothingWrong(here, 65);
  });

  test('external, behind nginx that ends TLS', patience, async () => {
    const { certFile, keyFile, here } = await secured();
    const config = {
      server: { host: '127.0.0.1', port: 8090, behindProxy: true, trustedProxies: ['127.0.0.1'], domain },
      livekit: {
        external: true,
        host: `wss://${domain}`,
        internalHost: 'http://127.0.0.1:7880',
        ...keys,
      },
      auth: { jwtSecret: 'a-jwt-secret-of-the-healthy-set-ups-0123456789' },
    };
    await writeFile(path.join(here.cwd, 'config.yaml'), JSON.stringify(config));
    await writeFile(
      path.join(here.cwd, 'livekit.yaml'),
      `port: 7880
bind_addresses: [127.0.0.1]
keys: {${keys.apiKey}: ${keys.apiSecret}}
rtc: {node_ip: ${address}, tcp_port: 7881, port_range_start: 50000, port_range_end: 60000}
turn: {enabled: true, udp_port: 3478}
webhook:
  api_key: ${keys.apiKey}
  urls: ["https://${domain}/api/livekit/webhook"]
`,
    );
    run(here, 'livekit-server', ['--config', path.join(here.cwd, 'livekit.yaml')]);
    await nginx(
      path.join(here.cwd, 'nginx'),
      here,
      `server { listen ${address}:443 ssl; server_name ${domain}; ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};
    location /rtc { ${proxied('http://127.0.0.1:7880')} }
    location /twirp { ${proxied('http://127.0.0.1:7880')} }
    location / { ${proxied('http://127.0.0.1:8090')} } }`,
    );
    await started(here);
    await nothingWrong(here, 65, '--livekit-config', 'livekit.yaml');
  });
});

describeWith(['livekit-server', 'initdb', 'postgres', 'nginx'], 'two replicas on one PostgreSQL', () => {
  test('behind nginx, with one LiveKit', patience, async () => {
    const postgres = await startPostgres({ settings: ['max_connections = 40'] });
    undo.push(() => postgres.remove());
    const { password, ...database }: DatabaseLocation = await postgres.database();
    const [front, sfu, tcp] = [await freePort(), await freePort(), await freePort()];
    const replica = async (port: number) => {
      const here = await place({ DB_PASSWORD: password ?? '' });
      const config = {
        server: { host: '127.0.0.1', port, behindProxy: true, trustedProxies: ['127.0.0.1'] },
        database,
        livekit: {
          external: true,
          host: `ws://127.0.0.1:${front}`,
          internalHost: `http://127.0.0.1:${sfu}`,
          ...keys,
        },
        auth: { jwtSecret: 'a-jwt-secret-of-the-healthy-set-ups-0123456789' },
      };
      await writeFile(path.join(here.cwd, 'config.yaml'), JSON.stringify(config));
      return here;
    };
    const ports = [await freePort(), await freePort()];
    const replicas = await Promise.all(ports.map(replica));
    const here = replicas[0] as Place;
    await writeFile(
      path.join(here.cwd, 'livekit.yaml'),
      `port: ${sfu}
bind_addresses: [127.0.0.1]
keys: {${keys.apiKey}: ${keys.apiSecret}}
rtc: {node_ip: 127.0.0.1, tcp_port: ${tcp}, port_range_start: 43000, port_range_end: 44000}
webhook:
  api_key: ${keys.apiKey}
  urls: ["http://127.0.0.1:${front}/api/livekit/webhook"]
`,
    );
    run(here, 'livekit-server', ['--config', path.join(here.cwd, 'livekit.yaml')]);
    await Promise.all(replicas.map((one) => started(one)));
    const upstream = ports.map((port) => `server 127.0.0.1:${port};`).join(' ');
    await nginx(
      path.join(here.cwd, 'nginx'),
      here,
      `upstream bedrud { ${upstream} }
  server { listen 127.0.0.1:${front};
    location /rtc { ${proxied(`http://127.0.0.1:${sfu}`)} }
    location /twirp { ${proxied(`http://127.0.0.1:${sfu}`)} }
    location / { ${proxied('http://bedrud')} } }`,
    );
    await until('nginx and a replica', () =>
      fetch(`http://127.0.0.1:${front}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    for (const one of replicas)
      await nothingWrong(one, 50, '--livekit-config', path.join(here.cwd, 'livekit.yaml'));
  });
});
