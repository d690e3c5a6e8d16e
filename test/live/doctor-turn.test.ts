/** TURN over TLS on 443, where LiveKit sends clients: what stands there, and what doctor makes of it. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  certificate,
  externalConfig,
  makeScene,
  otherCertificate,
  type Scene,
} from '../helpers/doctor-scene.ts';
import { describeWithNetworks } from '../helpers/netns.ts';

const patience = { timeout: 60_000 };

/** The `turn` section of a file. */
const turn = (more: object, { certFile, keyFile } = certificate) => ({
  turn: { enabled: true, domain: 'meet.example.com', cert_file: certFile, key_file: keyFile, ...more },
});

/** A load balancer that ends TLS on 443 and passes on to `port`. */
async function endTls({ server, start, listening }: Scene, port: number): Promise<void> {
  const program = `const { readFileSync } = require('node:fs');
    require('node:tls').createServer(
      { cert: readFileSync('${certificate.certFile}'), key: readFileSync('${certificate.keyFile}') },
      (outer) => {
        const inner = require('node:net').connect(${port}, '127.0.0.1');
        outer.on('error', () => inner.destroy());
        inner.on('error', () => outer.destroy());
        outer.pipe(inner).pipe(outer);
      },
    ).listen(443);`;
  await listening(443, start(server, process.execPath, ['-e', program]));
}

const look = ({ client, doctor }: Scene) => doctor(client, externalConfig());

describeWithNetworks(['livekit-server'], 'TURN over TLS', () => {
  test('on 443 relays for whoever LiveKit let in', patience, async () => {
    const scene = await makeScene();
    await scene.startLiveKit(turn({ tls_port: 443 }));
    const ran = await look(scene);
    expect(ran.alarms()).toEqual([]);
    expect(ran.passed).toEqual(expect.arrayContaining(['turn/unavailable', 'turn/port-443']));
  });

  test('on another port, and nothing on 443', patience, async () => {
    const scene = await makeScene();
    await scene.startLiveKit(turn({ tls_port: 5349 }));
    expect((await look(scene)).of('turn/port-443')).toEqual([
      expect.objectContaining({
        severity: 'error',
        message: expect.stringMatching(/clients are told turns:meet\.example\.com:443: .*ECONNREFUSED/),
        hint: expect.stringContaining('route 443'),
      }),
    ]);
  });

  test('that a load balancer should end, and none does', patience, async () => {
    const scene = await makeScene();
    await scene.startLiveKit(turn({ tls_port: 443, external_tls: true }));
    const ran = await look(scene);
    expect(ran.of('turn/external-tls-mismatch')).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('turns:meet.example.com:443: TURN answers there without TLS'),
      }),
    ]);
    expect(ran.alarms()).toHaveLength(1);
  });

  test('that a load balancer ends, and LiveKit too', patience, async () => {
    const scene = await makeScene();
    await scene.startLiveKit(turn({ tls_port: 5349 }));
    await endTls(scene, 5349);
    const ran = await look(scene);
    expect(ran.of('turn/external-tls-mismatch')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('TLS is ended on the way') }),
    ]);
    expect(ran.alarms()).toHaveLength(1);
  });

  test('that a load balancer ends, as LiveKit was told', patience, async () => {
    const scene = await makeScene();
    await scene.startLiveKit(turn({ tls_port: 5349, external_tls: true }));
    await endTls(scene, 5349);
    expect((await look(scene)).alarms()).toEqual([]);
  });

  test('with the certificate from before its renewal', patience, async () => {
    const scene = await makeScene();
    const [certFile, keyFile] = ['cert.pem', 'key.pem'].map((name) => join(scene.directory, name)) as [
      string,
      string,
    ];
    await copyFile(certificate.certFile, certFile);
    await copyFile(certificate.keyFile, keyFile);
    const sections = turn({ tls_port: 443 }, { certFile, keyFile });
    await scene.startLiveKit(sections);
    await copyFile(otherCertificate.certFile, certFile);
    await copyFile(otherCertificate.keyFile, keyFile);
    const server = `server: {enableTLS: true, certFile: ${certFile}, keyFile: ${keyFile}}`;
    const files = {
      'config.yaml': externalConfig()['config.yaml']?.replace(/^server:\n( .*\n)*/m, `${server}\n`) ?? '',
      'livekit.yaml': JSON.stringify(sections),
    };
    const ran = await scene.doctor(scene.client, files, '--livekit-config', 'livekit.yaml', '--only', 'turn');
    expect(ran.of('turn/stale-cert')).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringContaining('turns:meet.example.com:443 serves a certificate'),
        hint: expect.stringContaining('restart livekit-server'),
      }),
    ]);
  });

  test('with a certificate for another name', patience, async () => {
    const scene = await makeScene();
    await scene.startLiveKit(turn({ tls_port: 443 }, otherCertificate));
    expect((await look(scene)).of('turn/unavailable')).toEqual([
      expect.objectContaining({
        severity: 'error',
        message: expect.stringContaining('serves a certificate that clients do not accept'),
      }),
    ]);
  });
});
