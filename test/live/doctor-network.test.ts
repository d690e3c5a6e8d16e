/** What closed ports, silent servers and failed starts do to meetings, done for real on networks of our own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { config, key } from '../doctor/recreate.ts';
import { at, externalConfig, liveKitFile, makeScene } from '../helpers/doctor-scene.ts';
import { describeWithNetworks } from '../helpers/netns.ts';

const patience = { timeout: 60_000 };
const turn = { turn: { enabled: true, udp_port: 3478 } };
const file = (more: object = {}) => ({ 'livekit.yaml': JSON.stringify({ ...liveKitFile(), ...more }) });
const withFile = ['--livekit-config', 'livekit.yaml'];

describeWithNetworks([], 'a firewall', () => {
  test('that drops everything', patience, async () => {
    const { client, server, doctor } = await makeScene();
    server.filter('drop');
    const ran = await doctor(client, externalConfig());
    expect(ran.of('sfu/api-unreachable')).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/203\.0\.113\.1:7880 cannot be reached: no answer within 3 s/),
        hint: expect.stringContaining('firewall'),
      }),
    ]);
  });

  test('between LiveKit and Bedrud, that drops webhooks', patience, async () => {
    const { client, server, doctor } = await makeScene();
    client.filter('tcp dport 8090 drop');
    const urls = [`http://${at.client}:8090/api/livekit/webhook`];
    const files = file({ webhook: { urls, api_key: key } });
    const ran = await doctor(server, { ...externalConfig(), ...files }, ...withFile, '--only', 'webhook');
    expect(ran.of('webhook/unreachable')).toEqual([
      expect.objectContaining({
        message: `${urls[0]} cannot be reached: no answer within 3 s`,
        hint: expect.stringContaining('open the port'),
      }),
    ]);
  });

  test('that drops what goes to STUN servers', patience, async () => {
    const { client, server, doctor } = await makeScene();
    client.filter('udp dport 3478 drop');
    const rtc = { use_external_ip: true, stun_servers: [`${at.client}:3478`] };
    // Said outright, since the machine of the test may be a container itself.
    const compose = 'services: {livekit: {image: "livekit/livekit-server", network_mode: host}}';
    const files = { ...externalConfig(), ...file({ rtc }), 'compose.yaml': compose };
    const args = [...withFile, '--compose', 'compose.yaml', '--only', 'node-ip'];
    const ran = await doctor(server, files, ...args);
    expect(ran.of('node-ip/stun-unreachable')).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /no STUN server answers: 203\.0\.113\.2:3478 \(no answer within 3 s\)/,
        ),
        hint: expect.stringContaining('use_external_ip: false'),
      }),
    ]);
  });
});

describeWithNetworks(['livekit-server'], 'a firewall before LiveKit', () => {
  test('that drops what goes to TURN', patience, async () => {
    const { client, server, startLiveKit, doctor } = await makeScene();
    await startLiveKit(turn);
    server.filter('udp dport 3478 drop');
    const ran = await doctor(client, externalConfig());
    expect(ran.of('turn/unavailable')).toEqual([
      expect.objectContaining({
        severity: 'error',
        message: expect.stringMatching(/turn:203\.0\.113\.1:3478: no answer within 3 s/),
        hint: expect.stringContaining('3478/udp'),
      }),
    ]);
    expect(ran.status).toBe(1);
  });
});

describeWithNetworks(['livekit-server'], 'livekit-server does not come up', () => {
  test('as TURN has no domain', patience, async () => {
    const { server, start, doctor } = await makeScene();
    const files = { ...externalConfig(), ...file({ turn: { enabled: true, tls_port: 5349 } }) };
    const first = await doctor(server, files, ...withFile, '--offline', '--only', 'turn');
    expect(first.of('turn/domain-required')).toHaveLength(1);
    const { ended, output } = start(server, 'livekit-server', ['--config', 'livekit.yaml']);
    await ended;
    const ran = await doctor(server, { ...files, 'livekit.log': output() }, '--log', 'livekit.log');
    expect(ran.of('sfu/crashed-at-start')).toEqual([
      expect.objectContaining({
        severity: 'error',
        message: expect.stringContaining('[turn/domain-required]'),
        hint: expect.stringContaining('domain'),
      }),
    ]);
    expect(ran.of('sfu/api-unreachable')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('refuses connections') }),
    ]);
  });

  test('as somebody has its port', patience, async () => {
    const { server, directory, start, listening, doctor } = await makeScene();
    const taken = start(server, process.execPath, ['-e', 'require("node:http").createServer().listen(7880)']);
    await listening(7880, taken);
    const livekit = `port: 7880\nbinary: /bin/true`;
    const ran = await doctor(server, { 'config.yaml': config({ livekit }) }, '--only', 'ports');
    expect(ran.of('ports/in-use')).toEqual([
      expect.objectContaining({
        message: `port 7880/tcp (livekit.port) is in use by node (pid ${taken.child.pid})`,
        hint: expect.stringContaining('livekit.port'),
      }),
    ]);
    await writeFile(join(directory, 'livekit.yaml'), JSON.stringify(liveKitFile()));
    const { ended, output } = start(server, 'livekit-server', ['--config', 'livekit.yaml']);
    await ended;
    const log = { 'livekit.log': output() };
    const after = await doctor(server, log, '--log', 'livekit.log', '--only', 'sfu/crashed-at-start');
    expect(after.of('sfu/crashed-at-start')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('[ports/in-use]') }),
    ]);
  });
});
