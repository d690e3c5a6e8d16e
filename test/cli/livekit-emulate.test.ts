import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinToken, send } from '../contracts/subject.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { run } from '../helpers/run.ts';
import { SignalClient } from '../helpers/signal-client.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'emulate-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

/** Runs the command until `meanwhile` is through. */
async function emulate(argv: string[], meanwhile: (url: string) => Promise<void>, port?: number) {
  const terminate = new AbortController();
  const listening = port ?? (await freePort());
  const url = `http://127.0.0.1:${listening}`;
  const ran = run(['livekit', 'emulate', ...argv, ...(port ? [] : ['--port', String(listening)])], {
    terminate: terminate.signal,
    cwd: directory,
  });
  const early = ran.then(({ stderr }) => {
    if (!terminate.signal.aborted) throw new Error(`ended early: ${stderr}`);
  });
  const answers = until('the emulator answers', () =>
    send(url).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  await Promise.race([early, answers]);
  try {
    await meanwhile(url);
  } finally {
    terminate.abort();
  }
  await expect(send(url).then(() => ran.then(() => send(url)))).rejects.toThrow('fetch failed');
  return { ...(await ran), url };
}

describe('livekit emulate', () => {
  it('plays the release that --version names, loudly, until it is told to stop', async () => {
    const ran = await emulate(['--version', '1.9'], async (url) => {
      const token = joinToken('room', 'ana', {}, { iss: 'devkey' });
      expect((await send(`${url}/rtc/validate?access_token=${token}`)).body).toContain('go-jose');
    });
    expect(ran.status).toBe(0);
    expect(ran.stdout).toBe(`${ran.url}\n`);
    expect(ran.stderr).toContain('an emulator of livekit-server 1.9.0: it passes no audio or video');
  });

  it('says where it is as JSON', async () => {
    const ran = await emulate(['--json'], async () => {});
    expect(ran.json()).toMatchObject({ emulator: true, url: ran.url, version: '1.13.5' });
  });

  it('takes keys, port and room settings from a LiveKit file', async () => {
    const port = await freePort();
    const yaml = [
      `port: ${port}`,
      'keys:',
      '  devkey: a-secret-of-at-least-thirty-two-characters',
      'room:',
      '  room_configurations:',
      '    big: {max_participants: 7, emptyTimeout: 77}',
    ].join('\n');
    await file('livekit.yaml', yaml);
    const check = async (url: string) => {
      const ana = await SignalClient.join(url, joinToken('room', 'ana', {}, { roomPreset: 'big' }));
      expect(ana.join.room).toMatchObject({ maxParticipants: 7, emptyTimeout: 77 });
      await ana.leave();
    };
    expect((await emulate(['--config', 'livekit.yaml'], check, port)).status).toBe(0);
  });

  it('takes keys from a key file', async () => {
    await file('keys.yaml', 'devkey: a-secret-of-at-least-thirty-two-characters\n');
    await chmod(join(directory, 'keys.yaml'), 0o600);
    await file('with-key-file.yaml', 'key_file: keys.yaml\n');
    await emulate(['--config', 'with-key-file.yaml'], async (url) => {
      const { status } = await send(`${url}/rtc/validate?access_token=${joinToken('room', 'ana')}`);
      expect(status).toBe(200);
    });
  });

  it.each([
    ['an unknown key', 'keys: {a: b}\ntls: {cert: x}\n', /field tls not found in type config\.Config/],
    ['no keys', 'port: 7880\n', /one of key-file or keys must be provided/],
    [
      'webhooks without a key',
      'keys: {a: b}\nwebhook: {urls: [http://x]}\n',
      /api_key is required to use webhooks/,
    ],
  ])('ends with 3 and the line of the server for %s', async (_, yaml, line) => {
    await file('bad.yaml', yaml);
    const ran = await run(['livekit', 'emulate', '--config', 'bad.yaml'], { cwd: directory });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toMatch(line);
    expect(ran.stdout).toBe('');
  });

  it('refuses a release that it cannot play', async () => {
    const ran = await run(['livekit', 'emulate', '--version', '1.5.3', '--json']);
    expect(ran.status).toBe(2);
    expect(ran.json()).toMatchObject({ error: { code: 'emulator/version' } });
  });
});
