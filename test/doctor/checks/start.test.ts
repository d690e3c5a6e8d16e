import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { portsInUse } from '../../../src/doctor/checks/ports/in-use.ts';
import { freePort } from '../../helpers/ports.ts';
import { config, external, key, recreates, secret, sees, staysSilent } from '../recreate.ts';

const compose = (service: string) => ({
  files: { 'compose.yaml': `services:\n  livekit:\n${service.replace(/^(?=.)/gm, '    ')}\n` },
  args: ['--compose', 'compose.yaml'],
});
const unit = (service: string) => ({
  files: { 'livekit.service': `[Unit]\nDescription=LiveKit\n\n[Service]\n${service}\n` },
  args: ['--unit', 'livekit.service'],
});

describe('compose', () => {
  recreates(
    'compose/shell-entrypoint',
    'flag provided but not defined: -c',
    compose(`image: livekit/livekit-server:v1.13.5\ncommand: sh -c "livekit-server --config-body x"`),
    {
      message: /service livekit: command "sh -c …"/,
      hint: /drop the wrapper/,
      file: 'compose.yaml',
      line: 4,
    },
  );
  staysSilent(
    'compose/shell-entrypoint',
    'a shell as entrypoint takes -c',
    compose('image: livekit/livekit-server:v1.13.5\nentrypoint: [sh]\ncommand: [-c, "livekit-server"]'),
  );

  recreates(
    'compose/unescaped-variable',
    '$LIVEKIT_CONFIG is empty',
    compose(`image: livekit/livekit-server:v1.13.5
environment:
  LIVEKIT_CONFIG: "port: 7880"
command: --config-body "$LIVEKIT_CONFIG"`),
    { message: /\$LIVEKIT_CONFIG in command is expanded by compose/, hint: /\$\$LIVEKIT_CONFIG/, line: 6 },
  );
  staysSilent(
    'compose/unescaped-variable',
    'with two dollars',
    compose('image: livekit/livekit-server:v1.13.5\ncommand: --config-body $$LIVEKIT_CONFIG'),
  );

  recreates(
    'env/livekit-config-unread',
    'LIVEKIT_CONFIG is not picked up by an entrypoint of our own',
    compose(`image: livekit/livekit-server:v1.13.5
entrypoint: /start.sh
environment:
  - "LIVEKIT_CONFIG=port: 7880"`),
    { message: /the entrypoint is \/start\.sh/, hint: /--config \/etc\/livekit\.yaml/, line: 6 },
  );
  recreates(
    'env/livekit-config-unread',
    'an image too old to read it',
    compose('image: livekit/livekit-server:v1.4.0\nenvironment:\n  LIVEKIT_CONFIG: "port: 7880"'),
    { message: /1\.4\.0 is too old/, hint: /1\.5 or later/ },
  );
  staysSilent(
    'env/livekit-config-unread',
    'the usual image',
    compose('image: livekit/livekit-server:v1.13.5\nenvironment:\n  LIVEKIT_CONFIG: "port: 7880"'),
  );

  recreates(
    'compose/host-network-ports',
    'ports on the host network',
    compose('image: livekit/livekit-server:v1.13.5\nnetwork_mode: host\nports: ["7880:7880"]'),
    { severity: 'warning', message: /its ports: are ignored/, hint: /remove ports/ },
  );
  recreates(
    'compose/udp-range-published',
    'thousands of ports',
    compose('image: livekit/livekit-server:v1.13.5\nports: ["7880:7880", "50000-60000:50000-60000/udp"]'),
    { severity: 'warning', message: /10001 UDP ports/, hint: /network_mode: host/, line: 4 },
  );
  recreates(
    'compose/dev-flag',
    'dev mode in production',
    compose('image: livekit/livekit-server:v1.13.5\ncommand: --dev --bind 0.0.0.0'),
    { severity: 'warning', message: /starts livekit-server with --dev/, hint: /remove --dev/ },
  );
  recreates(
    'compose/latest-tag',
    'another image after each pull',
    compose('image: livekit/livekit-server:latest'),
    {
      severity: 'warning',
      message: /livekit\/livekit-server:latest is another one/,
      hint: /v1\.13\.5/,
      line: 3,
    },
  );
  staysSilent('compose/latest-tag', 'a digest', compose('image: livekit/livekit-server@sha256:abc'));
  recreates(
    'compose/secret-inline',
    'keys in the compose file',
    compose(`image: livekit/livekit-server:v1.13.5\nenvironment:\n  LIVEKIT_KEYS: "${key}: ${secret}"`),
    { severity: 'info', message: /LIVEKIT_KEYS holds a secret/, hint: /\.env/ },
  );
  staysSilent(
    'compose/secret-inline',
    'keys from the environment',
    compose('image: livekit/livekit-server:v1.13.5\nenvironment:\n  LIVEKIT_KEYS: $LIVEKIT_KEYS'),
  );
});

describe('compose beside a LiveKit file', () => {
  const beside = (ports: string, livekit: string) => {
    const { files, args } = compose(`image: livekit/livekit-server:v1.13.5\nports: [${ports}]`);
    return {
      files: { ...files, 'livekit.yaml': `keys: {${key}: ${secret}}\n${livekit}` },
      args: [...args, '--livekit-config', 'livekit.yaml'],
    };
  };
  recreates(
    'compose/port-differs',
    'media is published under another port',
    beside('"7881:7881", "7892:7882/udp"', 'rtc: {udp_port: 7882}'),
    { message: /publishes 7882\/udp \(rtc\.udp_port\) as 7892/, hint: /its own number/ },
  );
  recreates('compose/port-differs', 'ICE over TCP is not published', beside('"7880:7880"', 'port: 7880'), {
    message: /does not publish 7881\/tcp/,
    hint: /its own number/,
  });
  recreates('compose/api-public', 'signal without TLS, for everybody', beside('"7880:7880"', 'port: 7880'), {
    severity: 'info',
    message: /publishes 7880\/tcp/,
    hint: /127\.0\.0\.1:7880:7880/,
  });
  staysSilent(
    'compose/api-public',
    'on loopback',
    beside('"127.0.0.1:7880:7880", "7881:7881"', 'port: 7880'),
  );
});

describe('environment', () => {
  recreates(
    'env/body-shadows-file',
    'changes of the file have no effect',
    compose(`image: livekit/livekit-server:v1.13.5
command: --config /etc/livekit.yaml
environment:
  LIVEKIT_CONFIG: "port: 7880"`),
    { severity: 'warning', message: /LIVEKIT_CONFIG overrides all of it/, hint: /keep one/, line: 6 },
  );
  recreates(
    'env/service-link',
    'Kubernetes sets LIVEKIT_PORT',
    { env: { LIVEKIT_PORT: 'tcp://10.0.0.1:7880' } },
    { message: /this shell: LIVEKIT_PORT is tcp:/, hint: /enableServiceLinks: false/ },
  );
  recreates(
    'node-ip/env-ignored',
    'LIVEKIT_RTC_NODE_IP in a unit',
    unit('Environment=LIVEKIT_RTC_NODE_IP=203.0.113.7\nExecStart=/usr/bin/livekit-server --config x'),
    { severity: 'warning', message: /reads NODE_IP instead/, hint: /rename it to NODE_IP/, line: 5 },
  );
  staysSilent('node-ip/env-ignored', 'a release that reads it', {
    ...compose('image: livekit/livekit-server:v1.9.12\nenvironment: {LIVEKIT_RTC_NODE_IP: 203.0.113.7}'),
  });
});

describe('service', () => {
  recreates(
    'service/restart-on-failure',
    'a unit that stays down',
    unit('ExecStart=/usr/bin/livekit-server \\\n  --config /etc/livekit.yaml\nRestart=on-failure'),
    {
      severity: 'warning',
      message: /unit livekit\.service restarts livekit-server on-failure/,
      hint: /Restart=always/,
      file: 'livekit.service',
      line: 7,
    },
  );
  recreates(
    'service/restart-on-failure',
    'a container that stays down',
    compose('image: livekit/livekit-server:v1.13.5\nrestart: on-failure:3'),
    { severity: 'warning', message: /on-failure:3/, hint: /unless-stopped/ },
  );
  staysSilent(
    'service/restart-on-failure',
    'restart always',
    unit('ExecStart=livekit-server\nRestart=always'),
  );
});

describe('the binary and its ports', () => {
  let directory: string;
  let holder: Server;
  let taken: number;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bedrud-bin-'));
    writeFileSync(join(directory, 'empty'), '');
    writeFileSync(join(directory, 'no-permission'), '#!/bin/sh\n');
    chmodSync(join(directory, 'no-permission'), 0o644);
    taken = await freePort();
    holder = createServer();
    await new Promise<void>((done) => holder.listen(taken, done));
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await new Promise((done) => holder.close(done));
  });

  recreates(
    'sfu/binary-missing',
    'nowhere',
    { env: { PATH: '/nonexistent' } },
    { message: /neither configured, nor on PATH/, hint: /bedrud livekit install/ },
  );
  recreates(
    'sfu/binary-missing',
    'an empty file',
    () => ({ env: { LIVEKIT_SERVER_BIN: join(directory, 'empty') } }),
    {
      message: /is empty/,
      hint: /bedrud livekit install/,
    },
  );
  recreates(
    'sfu/binary-missing',
    'no permission',
    () => ({ env: { LIVEKIT_SERVER_BIN: join(directory, 'no-permission') } }),
    { message: /is not executable/, hint: /chmod \+x/ },
  );
  recreates(
    'ports/in-use',
    'address already in use',
    () => ({ files: { 'config.yaml': config({ livekit: `port: ${taken}` }) } }),
    {
      message: /\/tcp \(livekit\.port\) is in use by \S+ \(pid \d+\)/,
      hint: /set livekit\.port to another port/,
    },
  );
});

const hidden = {
  port: 7880,
  protocol: 'tcp',
  setting: 'livekit.port',
  state: 'taken',
  livekitRuns: false,
} as const;
sees(
  'ports/in-use',
  'by a process of another user',
  { ports: [hidden] },
  {
    severity: 'warning',
    message: /a process this user cannot see/,
    hint: /as root/,
  },
);
test('ports/in-use is silent: by LiveKit, run by another user', () => {
  expect(portsInUse.run({ ports: [{ ...hidden, livekitRuns: true }] } as never)).toEqual([]);
});

describe('what is left of a bedrud that was killed', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bedrud-left-'));
    writeFileSync(join(folder, 'bedrud-livekit-999999999-1-0123456789ab.yaml'), 'keys: {}\n');
    vi.stubEnv('TMPDIR', folder);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  recreates(
    'sfu/leftovers',
    'its configuration, with the keys',
    {},
    { severity: 'info', message: /bedrud-livekit-999999999-1-0123456789ab\.yaml is left/, hint: /--fix/ },
  );
});
sees(
  'sfu/leftovers',
  'the SFU that it started still runs',
  { leftovers: [{ file: '/tmp/x.yaml', pids: [4711] }] },
  { severity: 'info', message: /livekit-server \(pid 4711\) has outlived/, hint: /kill 4711/ },
);

describe('keys', () => {
  const livekit = (keys: string) => ({
    files: { 'config.yaml': config({ livekit: external }), 'livekit.yaml': `port: 7880\nkeys:\n  ${keys}\n` },
    args: ['--livekit-config', 'livekit.yaml'],
  });
  recreates('keys/mismatch', 'another key', livekit(`APIother: ${secret}`), {
    message: /livekit\.apiKey is APIdoctor \(config\.yaml:\d+\), and livekit\.yaml has only APIother/,
    hint: /one of the pairs/,
    file: 'livekit.yaml',
    line: 2,
  });
  recreates('keys/mismatch', 'another secret', livekit(`${key}: another-secret-0123456789012345678901`), {
    message: /the secret of APIdoctor is another one in livekit\.yaml/,
    hint: /copy one to the other/,
    line: 3,
  });
  staysSilent('keys/mismatch', 'one of two keys', livekit(`APIother: abc\n  ${key}: ${secret}`));
});
