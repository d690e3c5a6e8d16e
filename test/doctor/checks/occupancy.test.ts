import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { roomService } from '../../../src/sfu/rooms.ts';
import { openStore } from '../../../src/store/index.ts';
import { doctor, findingsOf, key, recreates, type Scenario, secret } from '../recreate.ts';
import { externalAt, livekit } from '../servers.ts';

/** A LiveKit with one room, and a database that takes `rooms` to have one participant each. */
async function disagreeing(rooms: string[]): Promise<Scenario> {
  const directory = mkdtempSync(join(tmpdir(), 'bedrud-occupancy-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'bedrud.db');
  const store = await openStore({ type: 'sqlite', path });
  for (const name of rooms) {
    const about = {
      name,
      createdBy: 'ana',
      mode: 'public',
      isPublic: true,
      maxParticipants: 0,
      settings: {},
    };
    const { id } = await store.rooms.create(about as Parameters<typeof store.rooms.create>[0]);
    const sid = `PA_${name}`;
    await store.sessions.joined({
      sid,
      roomId: id,
      roomSid: `RM_${name}`,
      identity: 'ana',
      name: 'Ana',
      joinedAt: Date.now() - 60_000,
    });
  }
  await store.close();
  const port = await livekit();
  await serviceAt(port).createRoom({ name: 'standup', emptyTimeout: 300, departureTimeout: 20 });
  const files = externalAt(port);
  const config = `${files['config.yaml']}database:\n  path: ${path}\n`;
  return { live: true, files: { 'config.yaml': config }, args: ['--only', 'webhook/not-configured'] };
}

const serviceAt = (port: number) =>
  roomService({ url: `http://127.0.0.1:${port}`, apiKey: key, apiSecret: secret, skipTLSVerify: false });

describe('the database and LiveKit', () => {
  recreates(
    'webhook/not-configured',
    'participants stay listed after they left',
    () => disagreeing(['standup']),
    {
      message: /counts 1 as connected whom LiveKit does not have \(standup\)$/,
      hint: /webhook\.urls/,
    },
  );
  recreates(
    'webhook/not-configured',
    'so do whole rooms',
    () => disagreeing(['standup', 'retro', 'planning']),
    {
      message: /counts 3 as connected .*; 2 of them in rooms that LiveKit has no more/,
      hint: /bedrud serve/,
    },
  );

  test('agree where nobody is taken to be there', async () => {
    const ran = await doctor(await disagreeing([]), '--json');
    expect(findingsOf(ran, 'webhook/not-configured')).toEqual([]);
    expect(ran.status).toBe(0);
  });

  test('are not compared where there is no database, and none is made', async () => {
    const scenario = await disagreeing([]);
    const [, path = ''] = /path: (.*)\n$/.exec(scenario.files?.['config.yaml'] ?? '') ?? [];
    rmSync(path);
    const ran = await doctor(scenario, '--json');
    expect(ran.json().checks).toEqual([expect.objectContaining({ status: 'skip' })]);
    expect(existsSync(path)).toBe(false);
  });
});

recreates(
  'room/timeouts-high',
  'a room was made to stay for an hour',
  async () => {
    const port = await livekit();
    await serviceAt(port).createRoom({ name: 'retro', emptyTimeout: 3_600 });
    return { live: true, files: externalAt(port), args: ['--only', 'room/timeouts-high'] };
  },
  { severity: 'warning', message: /room retro stays for 60 minutes/, hint: /emptyTimeout/ },
);
