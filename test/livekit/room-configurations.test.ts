import { expect, test } from 'vitest';
import { lintLiveKit } from '../../src/livekit/lint.ts';

const keys = 'keys: {APIkeyForTests: aSecretThatIsLongEnoughFor32Chars00}\n';
const refusal = (message: string, version: string) =>
  lintLiveKit(`${keys}room: {room_configurations: {a: ${message}}}\n`, { version }).message;

/** What livekit-server's `ports` says of each. */
test.each([
  ['1.13.5', '{1: name}'],
  ['1.13.5', '{01: name, "2": 30, +3: 8}'],
  ['1.13.5', '{1: a, name: b}'],
  ['1.9.0', '{5: {1: {1: room}}}'],
  ['1.7.2', '{6: {1: [{1: agent}]}}'],
  ['1.13.5', '{11: words, 12: {a: b}}'],
])('fields of messages may be numbers: %s takes %s', (version, message) => {
  expect(refusal(message, version)).toBeUndefined();
});

test.each([
  ['1.13.5', '{0x1: name}', 'unknown field "0x1"'],
  ['1.13.5', '{1.0: name}', 'unknown field "1.0"'],
  ['1.13.5', '{-1: name}', 'unknown field "-1"'],
  ['1.13.5', '{0: name}', 'unknown field "0"'],
  ['1.13.5', '{99: name}', 'unknown field "99"'],
  ['1.13.5', '{6: {}}', 'unknown field "6"'],
  ['1.9.0', '{12: {a: b}}', 'unknown field "12"'],
  ['1.13.5', '{2: soon}', 'invalid integer'],
])('%s refuses %s', (version, message, reason) => {
  expect(refusal(message, version)).toContain(reason);
});
