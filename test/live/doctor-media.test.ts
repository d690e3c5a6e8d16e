/** Calls across networks that let some of their packets through: what doctor --media makes of each from the other side. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { atLeast, parseVersion } from '../../src/livekit/versions.ts';
import { at, externalConfig, makeScene } from '../helpers/doctor-scene.ts';
import { findProgram } from '../helpers/needs.ts';
import { describeWithNetworks } from '../helpers/netns.ts';

const patience = { timeout: 60_000 };
const turn = { turn: { enabled: true, udp_port: 3478 } };

describeWithNetworks(['livekit-server'], 'a call across a network', () => {
  test('that lets everything through', patience, async () => {
    const { client, startLiveKit, doctor } = await makeScene();
    await startLiveKit(turn);
    const ran = await doctor(client, externalConfig(), '--media');
    expect(ran.alarms()).toEqual([]);
    expect(ran.of('turn/direct-path')).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/directly over UDP, 203\.0\.113\.2:\d+ to 203\.0\.113\.1:50\d\d\d/),
      }),
    ]);
  });

  test('that drops UDP', patience, async () => {
    const { client, server, startLiveKit, doctor } = await makeScene();
    await startLiveKit();
    server.filter('meta l4proto udp drop');
    const ran = await doctor(client, externalConfig(), '--media');
    expect(ran.of('media/udp-blocked')).toEqual([
      expect.objectContaining({
        severity: 'error',
        message: expect.stringMatching(/no media over UDP from here to 203\.0\.113\.1:50.*over TCP it does/),
        hint: expect.stringContaining('50000-60000'),
      }),
    ]);
    expect(ran.of('turn/direct-path')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('directly over TCP') }),
    ]);
    expect(ran.status).toBe(1);
  });

  test('that closes the TCP port alone', patience, async () => {
    const { client, server, startLiveKit, doctor } = await makeScene();
    await startLiveKit();
    server.filter('tcp dport 7881 drop');
    const ran = await doctor(client, externalConfig(), '--media');
    expect(ran.of('media/udp-blocked')).toEqual([
      expect.objectContaining({ severity: 'warning', hint: expect.stringContaining('7881/tcp') }),
    ]);
  });

  test('that leaves TURN as the only way', patience, async () => {
    const { client, server, startLiveKit, doctor } = await makeScene();
    await startLiveKit(turn);
    server.filter(`ip saddr ${at.client} udp dport 50000-50200 drop`, 'tcp dport 7881 drop');
    const ran = await doctor(client, externalConfig(), '--media');
    expect(ran.of('media/udp-blocked')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('only a relay') }),
    ]);
    expect(ran.of('turn/direct-path')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('through TURN over UDP') }),
    ]);
    expect(ran.of('turn/unavailable')).toEqual([]);
  });

  test('that loses one packet in five', patience, async () => {
    const { client, startLiveKit, doctor } = await makeScene();
    await startLiveKit();
    // Not those that set the call up, which are sent again anyway.
    client.filter('udp sport 50000-50200 udp length 60-400 numgen inc mod 5 0 drop');
    const ran = await doctor(client, externalConfig(), '--media');
    expect(ran.of('media/loss')).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringMatching(/\d\d % of the packets of a call from here got lost/),
      }),
    ]);
  });
});

describeWithNetworks(['livekit-server'], 'a LiveKit behind NAT', () => {
  const config = externalConfig('http://meet.example.com:7880');

  test('that tells clients its private address', patience, async () => {
    const { client, startLiveKit, doctor } = await makeScene({ nat: true });
    const rtc = { node_ip: at.behindNat };
    await startLiveKit({ rtc });
    const files = { ...config, 'livekit.yaml': JSON.stringify({ rtc }) };
    const ran = await doctor(client, files, '--media', '--livekit-config', 'livekit.yaml');
    expect(ran.of('media/udp-blocked')).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('nor does it over TCP'),
        hint: expect.stringMatching(/clients are told 10\.77\.0\.2, .*set rtc\.node_ip/),
      }),
    ]);
    expect(ran.of('node-ip/private-behind-nat')).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringMatching(/meet\.example\.com \(203\.0\.113\.1\) and are told .* 10\.77\.0\.2/),
      }),
    ]);
  });

  test('that tells them its public one', patience, async () => {
    const { client, startLiveKit, doctor } = await makeScene({ nat: true });
    await startLiveKit();
    const ran = await doctor(client, config, '--media');
    expect(ran.alarms()).toEqual([]);
  });
});

describeWithNetworks(['livekit-server'], 'TURN on a private network', () => {
  test('relays nothing from 1.12 on, unless it is told to', patience, async () => {
    const ends = { client: '10.88.0.2', server: '10.88.0.1' };
    const { client, startLiveKit, doctor } = await makeScene({ ends });
    await startLiveKit({ ...turn, rtc: { node_ip: ends.server } });
    const ran = await doctor(client, externalConfig(`http://${ends.server}:7880`), '--media');
    expect(ran.of('media/udp-blocked')).toEqual([]);
    const nothing = expect.objectContaining({
      severity: 'error',
      message: expect.stringMatching(
        /turn:10\.88\.0\.1:3478 lets clients in, and a call through it gets no media/,
      ),
      hint: expect.stringContaining('turn.allow_restricted_peer_cidrs'),
    });
    expect(ran.of('turn/unavailable')).toEqual(atLeast(release(), '1.12.0') ? [nothing] : []);
  });
});

function release(): string {
  const said = execFileSync(findProgram('livekit-server') ?? '', ['--version'], { encoding: 'utf8' });
  return parseVersion(said) ?? '';
}
