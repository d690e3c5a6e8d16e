/** A host that is there and drops whatever it is sent, as firewalls do. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/doctor/index.ts';
import { config } from '../doctor/recreate.ts';
import { describeWithNetworks, makeNetwork } from '../helpers/netns.ts';
import { bedrud, makePlace } from '../helpers/serve.ts';

describeWithNetworks([], 'a black hole', () => {
  const network = makeNetwork();
  const here = network.add('here');
  const hole = network.add('hole');
  network.link(['here', '203.0.113.10'], ['hole', '203.0.113.66']);
  hole.filter('drop');
  afterAll(() => network.close());

  test('is named by each check that asks it, and the run ends in time', { timeout: 60_000 }, async () => {
    const place = { ...(await makePlace()), namespace: here };
    const at = '203.0.113.66';
    const livekit = `external: true\nhost: ws://${at}\ninternalHost: http://${at}`;
    await writeFile(path.join(place.cwd, 'config.yaml'), config({ livekit }));
    await writeFile(
      path.join(place.cwd, 'livekit.yaml'),
      `keys: {APIdoctor: a-secret-of-the-doctor-tests-0123456789}
rtc: {use_external_ip: false, node_ip: ${at}}
redis: {address: "${at}:6379"}
webhook: {api_key: APIdoctor, urls: ["http://${at}/api/livekit/webhook"]}
`,
    );
    const ran = await bedrud(place, 'doctor', '--json', '--livekit-config', 'livekit.yaml');
    const { checks } = JSON.parse(ran.stdout) as Diagnosis;
    const messageOf = (id: string) => checks.find((check) => check.id === id)?.findings[0]?.message;
    expect(messageOf('sfu/api-unreachable')).toContain(at);
    expect(messageOf('redis/unreachable')).toContain(at);
    expect(messageOf('webhook/unreachable')).toContain(at);
    expect(messageOf('sfu/signal-unreachable')).toContain(at);
    expect(checks.flatMap(({ reason = '' }) => reason)).not.toContainEqual(
      expect.stringContaining('--timeout'),
    );
    expect(ran.status).toBe(1);
  });
});
