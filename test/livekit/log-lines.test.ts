import { describe, expect, test } from 'vitest';
import { isStackFrame, parseLogLine } from '../../src/livekit/log-lines.ts';

describe('a line of the log', () => {
  test('in console form, with fields', () => {
    const line =
      '2026-11-23T02:02:45.395Z\tINFO\tlivekit\tservice/server.go:292\tstarting LiveKit server\t{"portHttp": 17880, "nodeIP": "127.0.0.1", "version": "1.13.5"}';
    expect(parseLogLine(line)).toEqual({
      level: 'info',
      time: Date.parse('2026-11-23T02:02:45.395Z'),
      logger: 'livekit',
      caller: 'service/server.go:292',
      message: 'starting LiveKit server',
      fields: { portHttp: 17880, nodeIP: '127.0.0.1', version: '1.13.5' },
    });
  });

  test('in console form, without fields', () => {
    const line =
      '2026-11-23T02:02:45.391Z\tWARN\tlivekit.transport\trouting/interfaces.go:181\tusing single-node routing';
    expect(parseLogLine(line)).toMatchObject({
      level: 'warn',
      logger: 'livekit.transport',
      message: 'using single-node routing',
      fields: {},
    });
  });

  test('with a tab in the message', () => {
    const line = '2026-11-23T02:02:45.391Z\tINFO\tlivekit\ta.go:1\tone\ttwo\t{"a": "b\\tc"}';
    expect(parseLogLine(line)).toMatchObject({ message: 'one\ttwo', fields: { a: 'b\tc' } });
  });

  test('in JSON', () => {
    const line =
      '{"level":"error","ts":1795400162.6817062,"logger":"livekit","caller":"config/config.go:725","msg":"secret is too short","apiKey":"devkeyabc","stacktrace":"a\\n\\tb"}';
    expect(parseLogLine(line)).toEqual({
      level: 'error',
      time: 1795400162682,
      logger: 'livekit',
      caller: 'config/config.go:725',
      message: 'secret is too short',
      fields: { apiKey: 'devkeyabc', stacktrace: 'a\n\tb' },
    });
  });

  test.each([
    'TURN domain required',
    '',
    '{"level":"info"}',
    '{broken',
    '2026-11-23 something else',
    'github.com/livekit/livekit-server/pkg/config.(*Config).ValidateKeys',
  ])('%j is none', (line) => {
    expect(parseLogLine(line)).toBeUndefined();
  });
});

test.each([
  { line: 'github.com/livekit/livekit-server/pkg/config.(*Config).ValidateKeys', frame: true },
  { line: '\t/src/pkg/config/config.go:725', frame: true },
  { line: 'main.startServer', frame: true },
  { line: 'main.startServer(0x1a58588d8400)', frame: true },
  { line: '\t/src/cmd/server/main.go:277 +0x13e', frame: true },
  { line: 'TURN domain required', frame: false },
  { line: 'panic: makechan: size out of range', frame: false },
  { line: '  line 4: field tls not found in type config.Config', frame: false },
])('$line is part of a stack trace: $frame', ({ line, frame }) => {
  expect(isStackFrame(line)).toBe(frame);
});
