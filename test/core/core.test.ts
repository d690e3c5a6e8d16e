import { execFileSync } from 'node:child_process';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/core/duration.ts';
import { makeFolder, readTextFile, unwritableHint } from '../../src/core/files.ts';
import { type Finding, reaches, sortFindings } from '../../src/core/finding.ts';
import { mask, redact, rememberSecret } from '../../src/core/redact.ts';
import { suggest } from '../../src/core/suggest.ts';

test.each([
  ['ENOSPC', 'free some space there, or name another'],
  ['EACCES', 'let this user write there, or name another'],
  ['EROFS', 'name another'],
])('what cannot be written for %s', (code, hint) => {
  expect(unwritableHint(Object.assign(new Error(code), { code }), 'name another')).toBe(hint);
});

test('durations need a unit', () => {
  expect(parseDuration('1h30m')).toBe(5_400_000);
  expect(parseDuration('250ms')).toBe(250);
  expect(parseDuration('1.5s')).toBe(1500);
  for (const bad of ['10', '', 's', '10 s', '-1s', '1h x']) expect(parseDuration(bad)).toBeUndefined();
  expect(formatDuration(5_400_000)).toBe('1h30m');
  expect(formatDuration(80)).toBe('80ms');
});

test('a slip of the finger is recognised, another word is not', () => {
  expect(suggest('nodeip', ['node_ip', 'port'])).toBe('node_ip');
  expect(suggest('prot', ['node_ip', 'port'])).toBe('port');
  expect(suggest('egress', ['node_ip', 'port'])).toBeUndefined();
});

describe('findings', () => {
  const finding = (over: Partial<Finding>): Finding => ({
    id: 'a/b',
    severity: 'error',
    message: 'm',
    ...over,
  });
  test('are sorted by place and listed once', () => {
    const sorted = sortFindings([
      finding({ file: 'b.yaml', line: 1 }),
      finding({ file: 'a.yaml', line: 9 }),
      finding({ file: 'a.yaml', line: 10 }),
      finding({ file: 'a.yaml', line: 9 }),
    ]);
    expect(sorted.map((f) => `${f.file}:${f.line}`)).toEqual(['a.yaml:9', 'a.yaml:10', 'b.yaml:1']);
  });
  test('reach thresholds at their own severity and below', () => {
    expect(reaches(finding({ severity: 'warning' }), 'warning')).toBe(true);
    expect(reaches(finding({ severity: 'warning' }), 'error')).toBe(false);
    expect(reaches(finding({}), 'never')).toBe(false);
  });
});

describe('redaction', () => {
  test.each([
    ['a JWT', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl back', 'got ******** back'],
    ['a token in a URL', 'GET /rtc?access_token=abc123&auto=1', 'GET /rtc?access_token=********&auto=1'],
    ['a YAML value', 'apiSecret: hunter2hunter2', 'apiSecret: ********'],
    ['a JSON value', '{"turnPassword":"p4ssw0rd"}', '{"turnPassword":********}'],
    ['a URL with a password', 'redis://user:hunter2@10.0.0.1/0', 'redis://user:********@10.0.0.1/0'],
  ])('hides %s', (_, text, clean) => expect(redact(text)).toBe(clean));

  test('hides what was read from the configuration wherever it stands', () => {
    rememberSecret('correct-horse-battery');
    expect(redact('x=correct-horse-battery!')).toBe(`x=${mask}!`);
  });
});

test('folders are made with those above them, and refused at once where there can be none', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'bedrud-folders-')), 'a', 'b');
  await makeFolder(folder);
  await makeFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
  await expect(makeFolder('/proc/none/other')).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('reading a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bedrud-files-'));
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  test('drops a byte order mark', async () => {
    expect(await readTextFile(file('bom', '\ufeffport: 1'))).toBe('port: 1');
  });
  test('names the line of a byte that is not UTF-8', async () => {
    const path = file('latin1', Buffer.from([0x61, 0x0a, 0x62, 0xe9, 0x0a]));
    await expect(readTextFile(path)).rejects.toMatchObject({
      code: 'input/not-utf8',
      message: `${path}:2: not valid UTF-8 (byte 3)`,
    });
  });
  test('refuses what is no file', async () => {
    await expect(readTextFile(folder)).rejects.toMatchObject({ code: 'input/not-a-file' });
    await expect(readTextFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'input/not-found' });
    await expect(readTextFile(file('big', Buffer.alloc(5 << 20)))).rejects.toMatchObject({
      code: 'input/too-large',
    });
  });
  test('says so when what was opened cannot be read', async () => {
    await expect(readTextFile('/proc/self/mem')).rejects.toMatchObject({ code: 'input/unreadable' });
  });
  test('does not wait for a FIFO', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    await expect(readTextFile(fifo)).rejects.toMatchObject({ code: 'input/not-a-file', exit: 3 });
  });
});
