import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { binaryVersion, cachedBinary, checkBinary, findBinary, requireBinary } from '../../src/sfu/binary.ts';
import { whyNotRunnable } from '../../src/sfu/program-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'bedrud-binary-'));
let made = 0;
function program(content: string | Buffer = '#!/bin/sh\necho livekit-server version 1.13.5\n', mode = 0o755) {
  made += 1;
  const file = join(folder, `program-${made}`);
  writeFileSync(file, content, { mode });
  return file;
}
function inFolder(name: string, file: string): string {
  const directory = join(folder, name);
  mkdirSync(join(directory, file, '..'), { recursive: true });
  writeFileSync(join(directory, file), '#!/bin/sh\n', { mode: 0o755 });
  return directory;
}

/** A 64-bit ELF header with one segment that ends at `end`. */
function elf(machine: number, end = 120): Buffer {
  const header = Buffer.alloc(120);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeBigUInt64LE(BigInt(end), 64 + 32);
  return header;
}

describe('finding livekit-server', () => {
  const onPath = inFolder('path', 'livekit-server');
  const cacheDir = inFolder('cache', 'livekit-server/1.9.12/livekit-server');
  inFolder('cache', 'livekit-server/1.10.1/livekit-server');
  mkdirSync(join(cacheDir, 'livekit-server/1.13.5'));
  const named = program();

  test('what the environment names beats the configuration, PATH and the cache', async () => {
    const env = { LIVEKIT_SERVER_BIN: named, PATH: onPath };
    expect(await findBinary({ env, configured: '/nowhere', cacheDir })).toEqual({
      path: named,
      source: 'LIVEKIT_SERVER_BIN',
    });
    expect(await findBinary({ env: { PATH: onPath }, configured: named, cacheDir })).toMatchObject({
      source: 'livekit.binary',
    });
    expect(await findBinary({ env: { PATH: `relative::${onPath}` }, cacheDir })).toEqual({
      path: join(onPath, 'livekit-server'),
      source: 'PATH',
    });
  });

  test('the cache gives its newest that is complete, or the one asked for', async () => {
    expect(await findBinary({ env: {}, cacheDir })).toEqual({
      path: cachedBinary(cacheDir, '1.10.1'),
      source: 'cache',
    });
    for (const version of ['1.9.12', 'v1.9.12', '1.9']) {
      expect(await findBinary({ env: {}, cacheDir, version })).toMatchObject({
        path: cachedBinary(cacheDir, '1.9.12'),
      });
    }
    expect(await findBinary({ env: {}, cacheDir, version: '1.1' })).toBeUndefined();
  });

  test('a relative path starts from the working directory', async () => {
    const found = await findBinary({ env: {}, configured: 'path/livekit-server', cwd: folder });
    expect(found?.path).toBe(join(onPath, 'livekit-server'));
  });

  test('nowhere is no failure until it is needed', async () => {
    const options = { env: {}, cacheDir: join(folder, 'none') };
    expect(await findBinary(options)).toBeUndefined();
    await expect(requireBinary(options)).rejects.toMatchObject({ code: 'sfu/binary-missing', exit: 3 });
  });

  test('one that is named and broken is a failure although PATH has another', async () => {
    const env = { LIVEKIT_SERVER_BIN: join(folder, 'gone'), PATH: onPath };
    await expect(findBinary({ env })).rejects.toMatchObject({ message: `${folder}/gone does not exist` });
  });
});

describe('a binary that cannot be run', () => {
  const foreign = process.arch === 'x64' ? 183 : 62;
  const own = process.arch === 'x64' ? 62 : 183;
  test.each([
    ['absent', () => join(folder, 'absent'), 'does not exist', 'bedrud livekit install'],
    ['behind a file', () => join(program(), 'x'), 'does not exist', 'bedrud livekit install'],
    ['a directory', () => folder, 'is a directory', `${folder}/livekit-server`],
    ['empty', () => program(''), 'is empty', 'bedrud livekit install'],
    ['not executable', () => program('#!/bin/sh\n', 0o644), 'is not executable', 'chmod +x'],
    ['for another machine', () => program(elf(foreign)), 'is built for Linux on', 'bedrud livekit install'],
    ['cut short', () => program(elf(own, 5000)), 'is cut short: 120 bytes', 'bedrud livekit install'],
    ['a web page', () => program('<!DOCTYPE html>'), 'is not a program', 'bedrud livekit install'],
  ])('%s', async (_, make, message, hint) => {
    await expect(checkBinary(make())).rejects.toMatchObject({
      code: 'sfu/binary-missing',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  test('a program for this machine passes', async () => {
    await expect(checkBinary(process.execPath)).resolves.toBeUndefined();
  });

  test('a 64-bit host runs the 32-bit programs of its family', () => {
    expect(whyNotRunnable(elf(40), 120, { platform: 'linux', arch: 'arm64' })).toBeUndefined();
    expect(whyNotRunnable(elf(40), 120, { platform: 'linux', arch: 'x64' })).toContain('on arm,');
    const mac = Buffer.from('cffaedfe0c000001', 'hex');
    expect(whyNotRunnable(mac, 8, { platform: 'linux', arch: 'x64' })).toContain('macOS on arm64');
    expect(whyNotRunnable(mac, 8, { platform: 'darwin', arch: 'arm64' })).toBeUndefined();
  });
});

describe('asking for the version', () => {
  test('gives the number alone', async () => {
    expect(await binaryVersion(program())).toBe('1.13.5');
  });
  test.each([
    ['another program', '#!/bin/sh\necho nginx version: nginx/1.25.1\n', 'it said: nginx version'],
    ['one that fails', '#!/bin/sh\necho no such flag >&2\nexit 3\n', 'it said: no such flag'],
  ])('refuses %s', async (_, script, message) => {
    await expect(binaryVersion(program(script))).rejects.toMatchObject({
      code: 'sfu/binary-missing',
      message: expect.stringContaining(message),
    });
  });
  test('does not hand on variables that livekit-server would read', async () => {
    const script = program('#!/bin/sh\necho "livekit-server version 1.0.0$LIVEKIT_PORT"\n');
    process.env['LIVEKIT_PORT'] = 'tcp://10.0.0.1:7880';
    try {
      expect(await binaryVersion(script)).toBe('1.0.0');
    } finally {
      delete process.env['LIVEKIT_PORT'];
    }
  });
});
