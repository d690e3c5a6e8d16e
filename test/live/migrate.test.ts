import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { migrateLiveKit } from '../../src/livekit/migrate/index.ts';
import { parseVersion } from '../../src/livekit/versions.ts';
import { recordedCorpus } from '../helpers/lint-corpus.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';

/** Accepted by 1.5.0 to 1.5.2, and by 1.13.5: between them they have every key that ever came or went at the top. */
const files = {
  oldest: `keys: {key: a-secret-of-at-least-32-characters}
environment: dev
log_level: info
prometheus_port: 6789
redis: {address: "127.0.0.1:6379", use_tls: true}
rtc:
  node_ip: 127.0.0.1
  packet_buffer_size: 400
  congestion_control: {probe_mode: padding, min_channel_capacity: 100, send_side_bandwidth_estimation: true}
room: {max_metadata_size: 100}
signal_relay: {enabled: true}
psrpc: {enabled: true}
video: {stream_tracker: {video: {stream_tracker_type: packet}}}
`,
  newest: `keys: {key: a-secret-of-at-least-32-characters}
agents: {target_load: 0.5}
debug_handler: {port: 6790}
enable_data_tracks: true
limit: {max_metadata_size: 100, max_data_blobs_size: 100}
prometheus: {port: 6789, username: a, password: b}
redis: {address: "127.0.0.1:6379", tls: {enabled: true}}
room: {departure_timeout: 20, room_configurations: {a: {agents: [{agent_name: b}]}}}
rtc:
  node_ip: "127.0.0.1,::1"
  packet_buffer_size_video: 400
  congestion_control: {stream_allocator: {probe_mode: padding}}
trace: {jaeger_url: "http://127.0.0.1:1"}
turn: {enabled: true, udp_port: 3478, ttl_seconds: 60, allow_restricted_peer_cidrs: ["127.0.0.1/32"]}
video: {stream_tracker_manager: {video: {stream_tracker_type: packet}}}
webhook: {filter_params: {include_events: [room_started]}}
`,
};

describeWith(['livekit-server'], 'migrated files and a real livekit-server', () => {
  const binary = findProgram('livekit-server') ?? '';
  const version = parseVersion(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? '';
  const dir = mkdtempSync(join(tmpdir(), 'bedrud-migrate-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  test.each(Object.entries(files))('the %s file is parsed strictly', (_, source) => {
    const { text, findings } = migrateLiveKit(source, { to: version });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const file = join(dir, 'livekit.yaml');
    writeFileSync(file, text);
    expect(execFileSync(binary, ['--config', file, 'ports'], { encoding: 'utf8', env: {} })).toContain(
      '7880 - HTTP service',
    );
  });

  test('and so is every file of the corpus that is called done', { timeout: 240_000 }, () => {
    const done = [...recordedCorpus(), ...recordedCorpus('generated')].flatMap(({ name, text: source }) => {
      const { text, findings } = migrateLiveKit(source, { to: version });
      const undecided = findings.some(
        ({ id, severity }) => severity === 'error' || id === 'livekit/not-migrated',
      );
      // Asking a STUN server takes seconds and a network.
      const asks = /use_external_ip: *(true|y)/.test(text);
      return text === source || undecided || asks ? [] : [{ name, text }];
    });
    expect(done.length).toBeGreaterThan(20);
    for (const { name, text } of done) {
      const said = execFileSync(binary, ['--config-body', text, 'ports'], { encoding: 'utf8', env: {} });
      expect({ name, said }).toMatchObject({ said: expect.stringMatching(/^TCP Ports/m) });
    }
  });
});
