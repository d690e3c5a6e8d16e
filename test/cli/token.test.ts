import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TokenVerifier } from 'livekit-server-sdk';
import { describe, expect, test } from 'vitest';
import { mintToken, type TokenSpec } from '../../src/sfu/tokens.ts';
import { run } from '../helpers/run.ts';

const keys = { apiKey: 'devkey', apiSecret: 'a-secret-of-at-least-32-characters' };
const env = { LIVEKIT_API_KEY: keys.apiKey, LIVEKIT_API_SECRET: keys.apiSecret };
const now = new Date('2026-03-04T05:06:07Z');
const seconds = now.getTime() / 1000;
const create = (argv: string[], options = {}) => run(['token', 'create', ...argv], { env, now, ...options });
const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const folder = mkdtempSync(join(tmpdir(), 'bedrud-token-'));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('token create', () => {
  test('prints the token alone, and the SDK accepts it', async () => {
    const ran = await run(['token', 'create', '--room', 'standup', '--identity', 'ana', '--ttl', '1h'], {
      env,
    });
    expect(ran).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^eyJ[\w.-]+\n$/) });
    const verified = await new TokenVerifier(keys.apiKey, keys.apiSecret).verify(ran.stdout.trim());
    expect(verified).toMatchObject({ sub: 'ana', video: { roomJoin: true, room: 'standup' } });
    expect((verified.exp ?? 0) - (verified.nbf ?? 0)).toBe(3600);
  });

  test('puts every option into its claim', async () => {
    const config = file('room.json', '{"emptyTimeout":60}');
    const argv = '--room r -i ana --name Ana --metadata m --kind agent --can-publish-data=false --hidden';
    const more = ['--sources', 'camera,microphone', '--can-update-metadata', '--room-config', config];
    const grants = [
      '--grant',
      'canSubscribeMetrics',
      '--grant',
      'sip.call',
      '--grant',
      'destinationRoom=other',
    ];
    const attributes = ['--attribute', 'seat=4', '--attribute', 'note=a=b,c'];
    const ran = await create([...argv.split(' '), ...more, ...grants, ...attributes]);
    expect(claims(ran.stdout)).toEqual({
      iss: 'devkey',
      sub: 'ana',
      nbf: seconds,
      exp: seconds + 600,
      name: 'Ana',
      metadata: 'm',
      kind: 'agent',
      attributes: { seat: '4', note: 'a=b,c' },
      roomConfig: { emptyTimeout: 60 },
      sip: { call: true },
      video: {
        roomJoin: true,
        room: 'r',
        canPublishData: false,
        canUpdateOwnMetadata: true,
        hidden: true,
        canPublishSources: ['camera', 'microphone'],
        canSubscribeMetrics: true,
        destinationRoom: 'other',
      },
    });
  });

  test('answers JSON with the end of its life', async () => {
    const ran = await create(['--room', 'r', '--identity', 'ana', '--json']);
    expect(ran.json()).toEqual({
      identity: 'ana',
      room: 'r',
      token: expect.stringMatching(/^eyJ/),
      expiresAt: '2026-03-04T05:16:07.000Z',
    });
  });

  test.each([
    [['--grant', 'rommJoin'], 'there is no grant "rommJoin"', 'did you mean roomJoin?'],
    [['--grant', 'roomJoin=yes'], 'roomJoin: "yes" is not true or false', 'roomJoin=true'],
    [['--grant', 'canPublishSources=camra'], 'no track source "camra"', 'did you mean camera?'],
    [['--room', 'r'], 'a token that joins a room needs an identity', '--identity'],
    [['--room', 'r', '--identity', 'a', '--ttl', '10'], '"10" is not a duration', '10m'],
    [['--room', 'r', '--identity', 'a', '--ttl', '0s'], 'less than a second', '10m'],
    [['--count', '3', '--room', 'r'], '--count needs --identity', '{n}'],
    [['--attribute', 'x'], '--attribute: "x" has no key', 'KEY=VALUE'],
  ])('%j is a usage error', async (argv, problem, hint) => {
    const ran = await create(argv);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toContain(problem);
    expect(ran.stderr).toContain(hint);
  });

  test.each([
    [['--room', 'r', '-i', 'a', '--grant', 'roomAdmin'], 'token/powerful-participant'],
    [['-i', 'a', '--grant', 'roomJoin'], 'token/no-room'],
    [['--grant', 'roomAdmin'], 'token/no-room'],
    [['-i', 'a'], 'token/no-grants'],
    [['--room', 'r', '-i', 'a', '--ttl', '25h'], 'token/long-lived'],
    [['--room', 'r', '-i', 'a', '--can-publish=false', '--sources', 'camera'], 'token/sources-unused'],
    [['--room', 'r', '-i', 'x'.repeat(257)], 'token/too-long'],
  ])('%j is made, with a warning beside it', async (argv, id) => {
    const ran = await create(argv);
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringMatching(/^eyJ[\w.-]+\n$/) });
    expect(ran.stderr).toContain(`[${id}]`);
  });

  test('needs a key and its secret, from a file rather than from the command line', async () => {
    const join = ['token', 'create', '--room', 'r', '-i', 'a', '--api-key', 'devkey'];
    const none = await run(join);
    expect(none.status).toBe(3);
    expect(none.stderr).toContain('LIVEKIT_API_SECRET');
    const secret = file('secret', `${keys.apiSecret}\n`);
    const fromFile = await run([...join, '--api-secret-file', secret], { now });
    expect(fromFile).toMatchObject({ status: 0, stderr: '' });
    const fromStdin = await run([...join, '--api-secret-file', '-'], { now, stdin: keys.apiSecret });
    const inArgv = await run([...join, '--api-secret', keys.apiSecret], { now });
    expect(inArgv.stderr).toContain('--api-secret-file');
    expect(inArgv.stderr).not.toContain(keys.apiSecret);
    expect([fromStdin.stdout, inArgv.stdout]).toEqual([fromFile.stdout, fromFile.stdout]);
  });
});

describe('many tokens', () => {
  test('are numbered', async () => {
    const ran = await create(['--room', 'r', '--identity', 'bot-{n}', '--name', 'Bot {n}', '--count', '3']);
    const made = ran.stdout.trim().split('\n').map(claims);
    expect(made.map(({ sub, name }) => [sub, name])).toEqual([
      ['bot-1', 'Bot 1'],
      ['bot-2', 'Bot 2'],
      ['bot-3', 'Bot 3'],
    ]);
  });

  test('are one document in JSON', async () => {
    const ran = await create(['--room', 'r', '--identity', 'bot', '--count', '2', '--json']);
    expect(ran.json().tokens).toMatchObject([{ identity: 'bot-1' }, { identity: 'bot-2' }]);
  });

  test('come from CSV: a cell overrides the option, an empty one does not', async () => {
    const list = file(
      'team.csv',
      '\ufeffidentity,name,room,ttl,canPublish,canPublishSources,attributes.seat\r\nana,"Ana, chair",,,,,1\r\n\r\nbo,,retro,1h,false,camera+microphone,\r\n',
    );
    const ran = await create(['--room', 'standup', '--from', list, '--grant', 'canSubscribe=false']);
    expect(ran.status).toBe(0);
    expect(ran.stdout.trim().split('\n').map(claims)).toMatchObject([
      {
        sub: 'ana',
        name: 'Ana, chair',
        exp: seconds + 600,
        attributes: { seat: '1' },
        video: { room: 'standup', canSubscribe: false },
      },
      {
        sub: 'bo',
        exp: seconds + 3600,
        video: { room: 'retro', canPublish: false, canPublishSources: ['camera', 'microphone'] },
      },
    ]);
  });

  test('come from JSON lines on stdin', async () => {
    const stdin =
      '{"identity":"ana","hidden":true,"attributes":{"a":"b"}}\n\n{"identity":"bo","sip.call":true}\n';
    const ran = await create(['--room', 'r', '--from', '-'], { stdin });
    expect(ran.stdout.trim().split('\n').map(claims)).toMatchObject([
      { sub: 'ana', video: { hidden: true }, attributes: { a: 'b' } },
      { sub: 'bo', sip: { call: true } },
    ]);
  });

  test.each([
    ['identity,rom\nana,x\n', '-:2: there is no column "rom"', 'did you mean room?'],
    ['identity\nana\n""\n', '-:3: no identity', '1 token was written before it'],
    ['identity,ttl\nana,5\n', '-:2: ttl: "5" is no duration', '90s'],
    ['identity,room\nana\n', '-:2: Invalid Record Length', 'as many cells'],
    ['{"identity":"ana"}\n{"identity":7}\n', '-:2: identity is 7, not text', '1 token was written'],
    ['{"identity":"ana"\n', '-:1: not JSON', 'one JSON object a line'],
    ['{"identity":"a","canPublish":"maybe"}\n', '-:1: canPublish: "maybe" is not true or false', 'no token'],
  ])('a bad line ends them and is named: %j', async (stdin, problem, hint) => {
    const ran = await create(['--room', 'r', '--from', '-'], { stdin });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain(problem);
    expect(ran.stderr).toContain(hint);
  });

  test('a list that is not there is a clear error', async () => {
    const ran = await create(['--room', 'r', '--from', join(folder, 'none.csv')]);
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('none.csv: no such file');
  });

  test('say what is unwise once', async () => {
    const ran = await create(['--room', 'r', '--identity', 'bot', '--count', '50', '--ttl', '48h']);
    expect(ran.stderr.match(/token\/long-lived/g)).toHaveLength(1);
  });
});

describe('token inspect and verify', () => {
  const token = (spec: TokenSpec = {}, at = now, as = keys) =>
    mintToken(as, { identity: 'ana', room: 'standup', ...spec }, at);
  const signed = (more: object, header: object = { alg: 'HS256' }) => {
    const spec = token().split('.')[1] ?? '';
    const body = { ...JSON.parse(Buffer.from(spec, 'base64url').toString()), ...more };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return { header: part(header), body: part(body) };
  };

  test('explains each claim in words', async () => {
    const grants = { video: { roomAdmin: true, canPublish: false, flies: true } as object };
    const ran = await run(['token', 'inspect', '-'], { env, now, stdin: `Bearer ${token({ grants })}\n` });
    expect(ran.status).toBe(0);
    for (const words of [
      'the identity ana',
      'expires in 10m, 2026-03-04T05:16:07Z',
      'may not publish tracks',
      'may remove and mute others',
      'not a grant of LiveKit',
      'the signature is valid for the key devkey',
      'livekit-server accepts it now',
    ]) {
      expect(ran.stdout).toContain(words);
    }
  });

  test('explains without a key what can be told without one', async () => {
    const ran = await run(['token', 'inspect', token()], { now });
    expect(ran.stdout).toContain('the signature was not checked');
    expect(ran.stdout).toContain('if it knows the key');
    const json = await run(['token', 'inspect', '--json', token()], { now });
    expect(json.json()).toMatchObject({ signature: 'unknown', accepted: null, reasons: [] });
  });

  test('a URL that carries the token will do', async () => {
    const url = `wss://sfu/rtc?access_token=${token()}&auto_subscribe=1`;
    const ran = await run(['token', 'verify', url], { env, now });
    expect(ran).toMatchObject({ status: 0, stdout: 'accepted\n' });
  });

  test.each<[string, () => string, string]>([
    ['expired', () => token({}, new Date(now.getTime() - 661_000)), 'token/expired'],
    ['not yet valid', () => token({}, new Date(now.getTime() + 61_000)), 'token/not-yet-valid'],
    ['of another secret', () => token({}, now, { ...keys, apiSecret: 'x'.repeat(32) }), 'token/signature'],
    ['of another key', () => token({}, now, { ...keys, apiKey: 'other' }), 'token/unknown-key'],
    [
      'without a room',
      () => mintToken(keys, { identity: 'a', grants: { video: { roomJoin: true } } }, now),
      'token/no-room',
    ],
    ['without an identity', () => mintToken(keys, { room: 'r' }, now), 'token/no-identity'],
    [
      'with a flag in quotes',
      () => token({ grants: { video: { roomAdmin: 'true' } as object } }),
      'token/malformed-claim',
    ],
    [
      'of another algorithm',
      () => `${signed({}, { alg: 'none' }).header}.${signed({}).body}.`,
      'token/algorithm',
    ],
  ])('a token %s is refused', async (_, make, id) => {
    const ran = await run(['token', 'verify', make(), '--json'], { env, now });
    expect(ran.status).toBe(1);
    expect(ran.json()).toMatchObject({ accepted: false, findings: [{ id, severity: 'error' }] });
  });

  test.each<[string, Date]>([
    ['60 s after its end', new Date(now.getTime() - 660_000)],
    ['60 s before its beginning', new Date(now.getTime() + 60_000)],
  ])('a token is accepted %s, as livekit-server does', async (_, at) => {
    expect((await run(['token', 'verify', token({}, at)], { env, now })).status).toBe(0);
  });

  test.each(['abc', 'a.b', 'a.b.c', 'eyJhbGciOiJIUzI1NiJ9.e30x.c', ''])('%j is no token', async (text) => {
    const ran = await run(['token', 'verify', '-'], { env, stdin: text });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('this is no token of LiveKit');
  });

  test('what a stranger wrote cannot drive the terminal', async () => {
    const ran = await run(['token', 'inspect', token({ metadata: '\u001b[2Jboo' })], { now });
    expect(ran.stdout).not.toContain('\u001b');
    expect(ran.stdout).toContain('boo');
  });
});
