import { describe, expect, test } from 'vitest';
import { looksLikeEgress } from '../../src/livekit/egress/lint.ts';
import { lintLiveKit } from '../../src/livekit/lint.ts';
import { parseYaml } from '../../src/livekit/yaml/index.ts';

/** Files that stand beside LiveKit's in public set-ups, in short. */
const foreign: Record<string, string> = {
  'a values file of a LiveKit helm chart':
    'replicaCount: 1\nlivekit: {port: 7880}\nstoreKeysInSecret: {enabled: false}\nautoscaling: {enabled: true}\ngcp: {}\n',
  'a values file of a LiveKit helm chart, egress':
    'replicaCount: 2\negress: {ws_url: <ws_url>, redis: {address: <redis_host:port>}}\n',
  'a file of the ingress service':
    'redis: {address: "127.0.0.1:6379"}\napi_key: a\napi_secret: b\nws_url: ws://sfu:7880\nrtmp_port: 1935\nwhip_port: 8080\n',
  'a file of the SIP service':
    'api_key: a\napi_secret: b\nws_url: ws://sfu:7880\nredis: {address: "127.0.0.1:6379"}\nsip_port: 5060\nrtp_port: 10000-20000\n',
  'an OpenVidu configuration':
    'openvidu: {rtc_engine: pion}\nport: 7880\nrtc: {tcp_port: 7881}\nkeys: {a: b}\n',
  'a compose file': 'services: {db: {}}\nvolumes: {}\n',
  'a Kubernetes manifest': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: livekit}\ndata: {}\n',
  'a file of another program':
    'server_name: example.com\nlisteners: []\ndatabase: {}\nredis: {enabled: true}\nmedia_store_path: /media\n',
};

describe('a file of another program gets one finding', () => {
  test.each(Object.entries(foreign))('%s', (name, text) => {
    const { verdict, findings } = lintLiveKit(text, { version: '1.13.5' });
    expect(findings.map(({ id }) => id)).toEqual(['livekit/foreign-dialect']);
    expect(findings[0]?.message).toContain(name.split(',')[0]);
    expect(verdict).toBe('rejects');
    expect(looksLikeEgress(parseYaml(text))).toBe(false);
  });

  test('and so does a list', () => {
    const tasks = '- name: Install {{ what }}\n  apt: {name: livekit}\n';
    const { findings } = lintLiveKit(tasks, { version: '1.13.5' });
    expect(findings.map(({ id }) => id)).toEqual(['livekit/wrong-kind']);
  });

  test('but not a LiveKit file with strange keys', () => {
    const text = 'port: 7880\nws_port: 7881\nwebrtc: {}\nlimits: {}\nkeys: {a: b}\nrtc: {tcp_port: 7881}\n';
    const ids = lintLiveKit(text, { version: '1.13.5' }).findings.map(({ id }) => id);
    expect(ids.filter((id) => id === 'livekit/unknown-key')).toHaveLength(3);
  });
});

test.each([
  [
    'with keys out of old samples',
    'api_key: a\nws_url: ws://a:7880\nroom_only: true\nfile_only: true\nmuting: false\n',
  ],
  ['with a webhook section', 'api_key: a\napi_secret: b\nhealth_port: 9090\nwebhook: {urls: []}\n'],
  ['with its storage at the top', 'api_key: a\nlog_level: info\ns3: {bucket: b}\nredis: {address: "a:1"}\n'],
])('an egress file %s is known for one', (_, text) => {
  expect(looksLikeEgress(parseYaml(text))).toBe(true);
});

test.each([
  'logging: {}\nstorage: {module: file_system}\napps: {http: {}}\n',
  'image: x\nstorage: {enabled: true}\nextraArgs: []\n',
])('a storage section alone makes no egress file: %j', (text) => {
  expect(looksLikeEgress(parseYaml(text))).toBe(false);
});
