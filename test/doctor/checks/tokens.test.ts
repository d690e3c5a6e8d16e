import { mintToken, type TokenSpec } from '../../../src/sfu/tokens.ts';
import { key, recreates, secret, staysSilent } from '../recreate.ts';

const now = new Date('2026-11-20T12:00:00Z');
const minutes = (n: number) => new Date(now.getTime() + n * 60_000);
const given = (token: string) => ({ now, args: ['--token', '-'], stdin: `${token}\n` });
const join: TokenSpec = { identity: 'ana', room: 'standup' };
const mint = (spec: TokenSpec, from = now, keys = { apiKey: key, apiSecret: secret }) =>
  given(mintToken(keys, spec, from));

recreates('token/expired', 'the client connected too late', mint(join, minutes(-30)), {
  message: /expired 20m ago/,
  hint: /POST \/api\/room\/join/,
});
recreates('token/expired', 'the clock that made it is ahead', mint(join, minutes(5)), {
  message: /valid only in 5m/,
  hint: /clock/,
});
recreates('token/expired', 'a window nobody can meet', mint({ ...join, ttlMs: 20_000 }), {
  severity: 'warning',
  message: /valid for 20s only/,
  hint: /ten minutes/,
});
recreates('token/expired', 'no token at all', given('hello'), {
  message: /three parts/,
  hint: /fresh token/,
});
staysSilent('token/expired', 'a good token', mint(join));

recreates('token/wrong-key', 'invalid API key', mint(join, now, { apiKey: 'APIother', apiSecret: secret }), {
  message: /API key "APIother"/,
  hint: /key/,
});
recreates(
  'token/wrong-secret',
  'signature is invalid',
  mint(join, now, { apiKey: key, apiSecret: 'another' }),
  {
    message: /signature is invalid/,
    hint: /secret/,
  },
);
staysSilent('token/wrong-secret', 'the right one', mint(join));

recreates('token/grants', 'no room name', mint({ identity: 'ana', grants: { video: { roomJoin: true } } }), {
  message: /names no room/,
  hint: /room/,
});
recreates('token/grants', 'identity cannot be empty', mint({ room: 'standup' }), {
  message: /identity/,
  hint: /identity/,
});
recreates('token/grants', 'permissions denied', mint({ identity: 'ana' }), {
  message: /does not grant roomJoin/,
  hint: /bedrud token create/,
});
staysSilent('token/grants', 'a token for the API', mint({ grants: { video: { roomList: true } } }));

recreates(
  'token/no-exp',
  'a token for ever',
  () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return given(
      `${part({ alg: 'HS256' })}.${part({ iss: key, sub: 'ana', video: { roomJoin: true, room: 'r' } })}.x`,
    );
  },
  { severity: 'warning', message: /never expires/, hint: /ttl/ },
);
recreates(
  'token/overpowered',
  'an admin in a browser',
  mint({ ...join, grants: { video: { roomCreate: true } } }),
  {
    severity: 'warning',
    message: /also grants roomCreate/,
    hint: /leave those grants out/,
  },
);
recreates(
  'egress/grant-room',
  'permissions denied on start',
  mint({ grants: { video: { roomRecord: true } } }),
  {
    message: /grants roomRecord and names no room/,
    hint: /room=ROOM/,
  },
);
staysSilent(
  'egress/grant-room',
  'with the room',
  mint({ grants: { video: { roomRecord: true, room: 'standup' } } }),
);
