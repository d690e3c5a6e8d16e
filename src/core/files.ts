/** Reading and writing what a user names: bounded, never blocking on a FIFO, and with errors that say what it is. */
import { constants } from 'node:fs';
import { chmod, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure, reasonOf, systemCode } from './errors.ts';

/** No configuration file is larger; reading stops there. In bytes. */
const defaultLimit = 4 * 1024 * 1024;

/**
 * The text of a regular file, without its byte order mark.
 * @param limit in bytes
 * @throws Failure `input/not-found`, `input/unreadable`, `input/not-a-file`, `input/too-large`, `input/not-utf8`
 */
export async function readTextFile(file: string, limit = defaultLimit): Promise<string> {
  return decodeUtf8(await readFileBytes(file, limit), file);
}

/** As {@link readTextFile}, but the bytes. */
export async function readFileBytes(file: string, limit = defaultLimit): Promise<Buffer> {
  // O_NONBLOCK: opening a FIFO that nobody writes to returns at once instead of hanging.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw openFailure(file, error);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw failure('input/not-a-file', { file, kind: kindOf(stat) });
    if (stat.size > limit) throw failure('input/too-large', { file, limit: `${limit / 1024 / 1024} MiB` });
    return await handle.readFile().catch((error: unknown) => {
      throw openFailure(file, error);
    });
  } finally {
    await handle.close();
  }
}

/**
 * Makes `folder` and those above it that are missing. Node's own recursive mkdir never returns where a folder can't
 * hold others, as in /proc : it takes each ENOENT for a parent still to be made.
 * @param mode of the folders it makes
 * @throws what mkdir throws
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  const make = () => mkdir(folder, { mode });
  await make().catch(async (error: unknown) => {
    // A file in its place is for whoever writes into it to say: `not a directory` tells more.
    if (systemCode(error) === 'EEXIST') return;
    const parent = dirname(folder);
    if (systemCode(error) !== 'ENOENT' || parent === folder) throw error;
    await makeFolder(parent, mode);
    await make();
  });
}

/**
 * Writes `text` to `file` at once or not at all: whoever reads it meanwhile sees the old file or the new one.
 * @param mode its permissions, whatever the umask is
 * @throws Failure `output/unwritable`
 */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const partial = `${file}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(partial, text, { mode, flag: 'wx' });
    await chmod(partial, mode);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    const hint = 'name a file in a folder this user may write to';
    throw failure('output/unwritable', { file, reason: reasonOf(error), hint }, error);
  }
}

/** What to do about a file that can't be written, by the system's reason. @param otherwise where else to write */
export function unwritableHint(error: unknown, otherwise: string): string {
  const code = systemCode(error) ?? '';
  if (/^(ENOSPC|EDQUOT)$/.test(code)) return `free some space there, or ${otherwise}`;
  if (/^(EACCES|EPERM)$/.test(code)) return `let this user write there, or ${otherwise}`;
  return otherwise;
}

/**
 * A file to read piece by piece, however large: a regular one, a pipe or a device.
 * @throws Failure `input/not-found`, `input/unreadable`, `input/not-a-file` for a directory
 */
export async function openStream(file: string): Promise<AsyncIterable<Uint8Array>> {
  const handle = await open(file).catch((error: unknown) => {
    throw openFailure(file, error);
  });
  if ((await handle.stat()).isDirectory()) {
    await handle.close();
    throw failure('input/not-a-file', { file, kind: 'directory' });
  }
  return handle.createReadStream();
}

/**
 * Bytes as text.
 * @throws Failure `input/not-utf8` with the line of the first wrong byte
 */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const offset = firstInvalidByte(bytes);
    const line = bytes.subarray(0, offset).filter((byte) => byte === 0x0a).length + 1;
    throw failure('input/not-utf8', { file, line, offset }, error);
  }
}

function firstInvalidByte(bytes: Uint8Array): number {
  // The replacement character stands where decoding first went wrong; what precedes it encodes to the offset.
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  for (const character of lenient) {
    const encoded = Buffer.from(character);
    if (!encoded.equals(bytes.subarray(offset, offset + encoded.length))) return offset;
    offset += encoded.length;
  }
  return offset;
}

function openFailure(file: string, error: unknown): Error {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return failure('input/not-found', { file }, error);
  if (code === 'EACCES' || code === 'EPERM') {
    return failure(
      'input/unreadable',
      { file, reason: 'permission denied', hint: 'give this user read access to it' },
      error,
    );
  }
  return failure('input/unreadable', { file, reason: reasonOf(error), hint: 'check the path' }, error);
}

function kindOf(stat: { isDirectory(): boolean; isFIFO(): boolean; isSocket(): boolean }): string {
  if (stat.isDirectory()) return 'directory';
  if (stat.isFIFO()) return 'FIFO';
  if (stat.isSocket()) return 'socket';
  return 'device';
}
