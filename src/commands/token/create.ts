import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { duration, integer, text, texts } from '../../cli/parameters.ts';
import { failure } from '../../core/errors.ts';
import { setGrant } from '../../sfu/grants.ts';
import { type ApiKeys, defaultTtlMs, type Grants, mintToken, type TokenSpec } from '../../sfu/tokens.ts';
import { keyOptions, keysOf } from '../shared/connection.ts';
import { type Permissions, permissionOptions, permissionsOf } from '../shared/permissions.ts';
import { Advice } from './advice.ts';

export const create = defineCommand({
  path: 'token create',
  summary: 'sign tokens that join a room or call the API',
  description: `Prints the token alone, one a line for many. --room gives the grant to join it; --grant adds any other, or takes one away: --grant roomJoin=false.

A token is needed to join, not to stay: LiveKit renews it while the participant is connected.

With --count, {n} in --identity and --name becomes the number; without {n}, it is appended to the identity.

--from reads a participant a line: CSV with a header, or JSON lines. The columns are identity, name, room, ttl, metadata, kind, attributes (attributes.KEY in CSV) and every grant; what a line leaves out comes from the options.`,
  parameters: {
    room: text('--room <room>', 'the room to join'),
    identity: text(
      '-i, --identity <identity>',
      'who joins; the same identity joining again puts the first one out',
    ),
    name: text('--name <name>', 'the display name'),
    ttl: duration('--ttl <duration>', 'how long it can be used to join', { fallbackText: '10m' }),
    grants: texts(
      '--grant <name[=value]>',
      'any grant of LiveKit: roomAdmin, canPublishSources=camera,microphone, sip.call',
      {
        commas: false,
      },
    ),
    ...permissionOptions,
    metadata: text('--metadata <text>', 'metadata of the participant'),
    attributes: texts('--attribute <key=value>', 'an attribute of the participant', { commas: false }),
    kind: text('--kind <kind>', 'standard (the default), agent, sip, ingress, egress'),
    roomConfig: text(
      '--room-config <file>',
      "LiveKit's RoomConfiguration as JSON, used when this join creates the room",
    ),
    count: integer('--count <n>', 'as many tokens, with numbered identities', { min: 1 }),
    from: text('--from <file>', 'a participant a line, CSV or JSON lines; - for stdin'),
    ...keyOptions,
  },
  examples: [
    { run: 'bedrud token create --room standup --identity ana', does: 'somebody who takes part' },
    {
      run: 'bedrud token create --room town-hall --identity bo --can-publish=false',
      does: 'somebody who listens',
    },
    {
      run: 'bedrud token create --grant roomList --grant roomCreate --ttl 1h',
      does: 'a program that calls the API',
    },
    { run: 'bedrud token create --room load --identity "bot-{n}" --count 500', does: 'many at once' },
    { run: 'bedrud token create --room standup --from team.csv', does: 'one for each line of a list' },
  ],
  async run(input, context) {
    if (input.ttl !== undefined && input.ttl < 1000) {
      throw usage('--ttl is less than a second', 'a token counts in whole seconds: give 10m, say');
    }
    const keys = await keysOf(input, context);
    const base: TokenSpec = {
      ...defined({ room: input.room, identity: input.identity, name: input.name, ttlMs: input.ttl }),
      ...defined({ metadata: input.metadata, kind: input.kind }),
      ...(input.attributes.length > 0 ? { attributes: attributesOf(input.attributes) } : {}),
      ...(input.roomConfig === undefined
        ? {}
        : { roomConfig: await roomConfigOf(input.roomConfig, context) }),
      grants: grantsOf(input.grants, permissionsOf(input)),
    };
    if (input.from !== undefined && input.count !== undefined) {
      throw usage('--from and --count exclude each other', 'give one of them');
    }
    const now = context.host.now();
    const advice = new Advice(keys);
    if (input.from === undefined && input.count === undefined) {
      requireIdentity(base);
      advice.consider(base);
      const token = mintToken(keys, base, now);
      return { data: describe(token, base, now), text: token, findings: advice.findings, failOn: 'never' };
    }
    await keepHeapSmall();
    const specs =
      input.from === undefined ? numbered(base, input.count ?? 1) : await fromFile(input.from, base, context);
    const lines = signed(specs, keys, now, advice, context.format === 'json');
    return { lines, findings: advice.findings, failOn: 'never' };
  },
});

/**
 * Each token is gone as soon as it is written, yet V8 lets the space for such short-lived things grow with what passes
 * through it, to 48 MB. As small as it starts it is as fast.
 */
async function keepHeapSmall(): Promise<void> {
  (await import('node:v8')).setFlagsFromString('--semi-space-growth-factor=1');
}

/** Tokens one by one, or in JSON one document with all of them. */
async function* signed(
  specs: Iterable<TokenSpec> | AsyncIterable<TokenSpec>,
  keys: ApiKeys,
  now: Date,
  advice: Advice,
  json: boolean,
): AsyncGenerator<string> {
  let pending: string | undefined;
  if (json) yield '{"tokens":[';
  for await (const spec of specs) {
    requireIdentity(spec);
    advice.consider(spec);
    const token = mintToken(keys, spec, now);
    if (!json) yield token;
    else {
      if (pending !== undefined) yield `${pending},`;
      pending = JSON.stringify(describe(token, spec, now));
    }
  }
  if (pending !== undefined) yield pending;
  if (json) yield ']}';
}

function* numbered(base: TokenSpec, count: number): Generator<TokenSpec> {
  if (base.identity === undefined) throw usage('--count needs --identity', 'give --identity "guest-{n}"');
  const template = base.identity.includes('{n}') ? base.identity : `${base.identity}-{n}`;
  for (let n = 1; n <= count; n += 1) {
    const put = (text: string) => text.replaceAll('{n}', String(n));
    yield { ...base, identity: put(template), ...(base.name === undefined ? {} : { name: put(base.name) }) };
  }
}

async function fromFile(file: string, base: TokenSpec, context: Context): Promise<AsyncIterable<TokenSpec>> {
  const { readSpecs } = await import('./batch.ts');
  return readSpecs(file, base, context);
}

function describe(token: string, spec: TokenSpec, now: Date) {
  const seconds = Math.floor(now.getTime() / 1000) + Math.floor((spec.ttlMs ?? defaultTtlMs) / 1000);
  const room = spec.grants?.video?.room ?? spec.room;
  return {
    ...defined({ identity: spec.identity, room }),
    token,
    expiresAt: new Date(seconds * 1000).toISOString(),
  };
}

function grantsOf(words: string[], permissions: Permissions): Grants {
  const grants: Grants = {};
  for (const word of words) {
    const [, name = '', value = 'true'] = word.match(/^([^=]*)(?:=(.*))?$/s) ?? [];
    setGrant(grants, name, value);
  }
  const { canUpdateMetadata, sources, ...same } = permissions;
  const video = {
    ...grants.video,
    ...same,
    ...defined({ canUpdateOwnMetadata: canUpdateMetadata }),
    ...(sources && sources.length > 0 ? { canPublishSources: sources } : {}),
  };
  return Object.keys(video).length > 0 ? { ...grants, video } : grants;
}

function attributesOf(words: string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw usage(`--attribute: "${word}" has no key`, 'write --attribute KEY=VALUE');
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

async function roomConfigOf(file: string, context: Context): Promise<Record<string, unknown>> {
  const { readTextFile } = await import('../../core/files.ts');
  const { resolve } = await import('node:path');
  const content = await readTextFile(resolve(context.cwd, file));
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below, the same for what is no JSON and for what is no object.
  }
  throw usage(
    `--room-config: ${file} holds no JSON object`,
    'write LiveKit\'s RoomConfiguration, {"emptyTimeout": 60}',
  );
}

/** The SDK's rule: whoever joins has an identity. */
function requireIdentity(spec: TokenSpec): void {
  const joins = spec.grants?.video?.roomJoin ?? spec.room !== undefined;
  if (joins && !spec.identity) throw usage('a token that joins a room needs an identity', 'give --identity');
}

function usage(problem: string, hint: string): Error {
  return failure('usage/invalid', { problem, hint });
}

/** `values` without those that are undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
