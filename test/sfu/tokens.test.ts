import { AccessToken, TokenVerifier, TrackSource } from 'livekit-server-sdk';
import { expect, test } from 'vitest';
import { mintToken, type TokenSpec } from '../../src/sfu/tokens.ts';

const keys = { apiKey: 'devkey', apiSecret: 'a-secret-of-at-least-32-characters' };
const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const header = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

const everything = {
  identity: 'ana',
  name: 'Ana Ł. 🎤',
  ttlMs: 90_000,
  metadata: '{"team":"blue"}',
  attributes: { seat: '4', 'a.b': '' },
  kind: 'standard',
  roomPreset: 'big',
  roomConfig: { name: 'config', emptyTimeout: 60 },
  grants: {
    video: {
      roomJoin: true,
      room: 'stand-up',
      roomAdmin: true,
      roomCreate: true,
      roomList: true,
      roomRecord: true,
      ingressAdmin: true,
      canPublish: true,
      canPublishSources: ['camera', 'microphone', 'screen_share', 'screen_share_audio'],
      canSubscribe: false,
      canPublishData: false,
      canUpdateOwnMetadata: true,
      hidden: true,
      recorder: true,
      agent: true,
      canSubscribeMetrics: true,
      canManageAgentSession: true,
      destinationRoom: 'retro',
    },
    sip: { admin: true, call: true },
    inference: { perform: true },
    observability: { write: true },
  },
} satisfies TokenSpec;

/** The SDK's token of the same specification, made at the same second. */
async function sdkToken(spec: typeof everything): Promise<string> {
  const token = new AccessToken(keys.apiKey, keys.apiSecret, {
    identity: spec.identity,
    name: spec.name,
    metadata: spec.metadata,
    attributes: spec.attributes,
    ttl: spec.ttlMs / 1000,
  });
  token.kind = spec.kind;
  token.roomPreset = spec.roomPreset;
  // The SDK types it as a protobuf message, and writes whatever serialises to JSON.
  token.roomConfig = spec.roomConfig as never;
  const { CAMERA, MICROPHONE, SCREEN_SHARE, SCREEN_SHARE_AUDIO } = TrackSource;
  token.addGrant({
    ...spec.grants.video,
    canPublishSources: [CAMERA, MICROPHONE, SCREEN_SHARE, SCREEN_SHARE_AUDIO],
  });
  token.addSIPGrant(spec.grants.sip);
  token.addInferenceGrant(spec.grants.inference);
  token.addObservabilityGrant(spec.grants.observability);
  return token.toJwt();
}

test("a token is the SDK's, claim by claim", async () => {
  const theirs = await sdkToken(everything);
  const ours = mintToken(keys, everything, new Date(claims(theirs).nbf * 1000));
  expect(header(ours)).toEqual(header(theirs));
  expect(claims(ours)).toEqual(claims(theirs));
});

test("the SDK's verifier accepts it, and refuses it with another secret", async () => {
  const token = mintToken(keys, everything);
  await expect(new TokenVerifier(keys.apiKey, keys.apiSecret).verify(token)).resolves.toMatchObject({
    sub: 'ana',
    video: everything.grants.video,
  });
  await expect(new TokenVerifier(keys.apiKey, 'another').verify(token)).rejects.toThrow(/signature/);
});

test('a room is short for the grant to join it, which grants override', () => {
  const spec = { identity: 'ana', room: 'stand-up' };
  expect(claims(mintToken(keys, spec)).video).toEqual({ roomJoin: true, room: 'stand-up' });
  const admin = mintToken(keys, { ...spec, grants: { video: { roomJoin: false, roomAdmin: true } } });
  expect(claims(admin).video).toEqual({ roomJoin: false, room: 'stand-up', roomAdmin: true });
});

test('it lasts ten minutes unless told otherwise, in whole seconds', () => {
  const now = new Date('2026-01-02T03:04:05.678Z');
  const second = Math.floor(now.getTime() / 1000);
  expect(claims(mintToken(keys, { identity: 'ana' }, now))).toMatchObject({ nbf: second, exp: second + 600 });
  expect(claims(mintToken(keys, { ttlMs: 1999 }, now))).toMatchObject({ nbf: second, exp: second + 1 });
});
