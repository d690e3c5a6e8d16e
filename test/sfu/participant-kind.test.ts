import { ParticipantInfo_Kind } from '@livekit/protocol';
import { expect, test } from 'vitest';
import { participantKind } from '../../src/sfu/participant-kind.ts';

test('kinds are LiveKit’s, by number as by name', () => {
  const names = Object.keys(ParticipantInfo_Kind).filter((name) => Number.isNaN(Number(name)));
  for (const name of names) {
    const kind = ParticipantInfo_Kind[name as keyof typeof ParticipantInfo_Kind];
    expect(participantKind({ kind })).toBe(name.toLowerCase());
    expect(participantKind({ kind: name })).toBe(name.toLowerCase());
  }
  expect(participantKind({})).toBe('standard');
  expect(participantKind({ kind: 4711 })).toBe('standard');
});
