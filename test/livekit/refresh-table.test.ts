import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Key, type KeyList, type Table, tableFrom } from '../../scripts/livekit-table.ts';

const versions = ['1.0.0', '1.1.0', '1.2.0'];
/** Of a shape that lists of kinds have: nothing says what Go calls a type. */
const list: KeyList = {
  versions,
  keys: {
    audio: [{ kind: 'object', since: null, until: null }],
    'audio.level': [{ kind: 'uint8', since: null, until: null }],
    'audio.mode': [{ kind: 'string', since: '1.1.0', until: null }],
    rooms: [{ kind: 'map', since: '1.1.0', until: null }],
    'rooms.{}': [{ kind: 'proto', message: 'livekit.RoomAgent', since: '1.1.0', until: null }],
    'rooms.{}.dispatches': [{ kind: 'array', since: '1.1.0', until: null }],
    'rooms.{}.dispatches[]': [
      { kind: 'proto', message: 'livekit.RoomAgentDispatch', since: '1.1.0', until: null },
    ],
    'rooms.{}.dispatches[].agent_name': [{ kind: 'string', since: '1.1.0', until: null, oneof: 'who' }],
    node_ip: [
      { kind: 'string', since: null, until: '1.1.0' },
      { kind: 'object', custom: 'rtcconfig.NodeIP', since: '1.2.0', until: null },
    ],
    'node_ip.ipv4': [{ kind: 'string', since: '1.2.0', until: null }],
    wait: [{ kind: 'duration', since: null, until: '1.0.0' }],
    'turn_servers[].host': [{ kind: 'string', since: null, until: null }],
    'turn_servers[]': [{ kind: 'object', since: null, until: null }],
    turn_servers: [{ kind: 'array', since: null, until: null }],
  },
};
const withTypes: KeyList = {
  versions,
  keys: {
    ...list.keys,
    audio: [
      { kind: 'object', type: 'config.AudioConfig', since: null, until: '1.0.0' },
      { kind: 'object', type: 'sfu.AudioConfig', since: '1.1.0', until: null },
    ],
    'audio.mode': [{ kind: 'string', type: 'sfu.Mode', since: '1.1.0', until: null }],
  },
};
const typed: Table['types'] = {
  'config.Config': {
    audio: [
      ['config.AudioConfig', null, '1.0.0'],
      ['sfu.AudioConfig', '1.1.0', null],
    ],
    rooms: [['map[string]livekit.RoomAgent', '1.1.0', null]],
    node_ip: [
      ['string', null, '1.1.0'],
      ['rtcconfig.NodeIP', '1.2.0', null],
    ],
    wait: [['time.Duration', null, '1.0.0']],
    turn_servers: [['[]config.TurnServersConfig', null, null]],
  },
  'config.AudioConfig': { level: [['uint8', null, null]] },
  'sfu.AudioConfig': { level: [['uint8', null, null]], mode: [['sfu.Mode:string', null, null]] },
  'livekit.RoomAgent': { dispatches: [['[]livekit.RoomAgentDispatch', null, null]] },
  'livekit.RoomAgentDispatch': { agent_name: [['string', null, null, 'who']] },
  'rtcconfig.NodeIP': { ipv4: [['string', null, null]] },
  'config.TurnServersConfig': { host: [['string', null, null]] },
};

describe('the table from a list of keys', () => {
  const first = tableFrom(withTypes, undefined);
  test('has the types that the list names, and names for the others', () => {
    expect(first.types).toEqual(typed);
    expect(first.numbers['livekit.RoomAgent']).toMatchObject({ 1: 'dispatches' });
  });
  test('keeps the types of the table before it, older ones too, where the list names none', () => {
    expect(tableFrom(list, first)).toEqual(first);
  });
  test('takes a new release, a key that is gone and one of another kind from the list', () => {
    const next = tableFrom(
      {
        versions: [...versions, '1.3.0'],
        keys: {
          audio: list.keys['audio'] ?? [],
          'audio.level': [
            { kind: 'uint8', since: null, until: '1.2.0' },
            { kind: 'duration', since: '1.3.0', until: null },
          ],
          'audio.mode': [{ kind: 'string', since: '1.1.0', until: '1.2.0' }],
          'audio.gain': [{ kind: 'float64', since: '1.3.0', until: null }],
        },
      },
      first,
    );
    expect(next.types).toEqual({
      'config.Config': { audio: typed['config.Config']?.['audio'] },
      'config.AudioConfig': { level: [['uint8', null, null]] },
      'sfu.AudioConfig': {
        level: [
          ['uint8', null, '1.2.0'],
          ['time.Duration', '1.3.0', null],
        ],
        mode: [['sfu.Mode:string', null, '1.2.0']],
        gain: [['float64', '1.3.0', null]],
      },
    });
  });
});

describe('the committed table', () => {
  const committed: Table = JSON.parse(
    readFileSync(new URL('../../schemas/livekit/keys.json', import.meta.url), 'utf8'),
  );

  test('comes out of the list of kinds that went into it', () => {
    const { types } = tableFrom(kindsOf(committed), committed);
    expect(Object.keys(types)).toEqual(Object.keys(committed.types));
    expect(types).toEqual(committed.types);
  });
});

/** What a list of kinds says of what a table has. */
function kindsOf({ versions, types }: Table): KeyList {
  const keys: Record<string, Key[]> = {};
  const later = (a: string | null, b: string | null) =>
    a === null || (b !== null && versions.indexOf(b) > versions.indexOf(a)) ? b : a;
  const earlier = (a: string | null, b: string | null) =>
    a === null || (b !== null && versions.indexOf(b) < versions.indexOf(a)) ? b : a;
  const visit = (path: string, type: string, since: string | null, until: string | null, oneof?: string) => {
    const [name = '', scalar] = type.split(':');
    const more = oneof === undefined ? {} : { oneof };
    const say = (kind: string, also: Partial<Key> = {}) => {
      keys[path] ??= [];
      const same = keys[path].find((key) => key.kind === kind);
      // One key goes on where its type is named anew.
      if (same) same.until = until;
      else keys[path].push({ kind, since, until, ...more, ...also });
    };
    if (name.startsWith('[]')) {
      say('array');
      visit(`${path}[]`, name.slice(2), since, until);
    } else if (name.startsWith('map[')) {
      say('map');
      visit(`${path}.{}`, name.replace(/^map\[\w+\]\*?/, ''), since, until);
    } else if (name === 'enum') say('enum', { values: scalar?.split(',') ?? [] });
    else if (name === 'time.Duration') say('duration');
    else if (scalar !== undefined) say(scalar);
    else if (!name.includes('.')) say(name);
    else {
      if (name.startsWith('livekit.')) say('proto', { message: name });
      else say('object', name.startsWith('rtcconfig.NodeIP') ? { custom: name } : {});
      fields(path, name, since, until);
    }
  };
  const fields = (path: string, type: string, since: string | null, until: string | null) => {
    for (const [key, variants] of Object.entries(types[type] ?? {})) {
      for (const [type, from, to, oneof] of variants) {
        visit(path === '' ? key : `${path}.${key}`, type, later(from, since), earlier(to, until), oneof);
      }
    }
  };
  fields('', 'config.Config', null, null);
  return { versions, keys };
}
