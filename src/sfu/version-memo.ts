/** Which version a livekit-server is, without starting it a second time only to hear that. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, replaceFile } from '../core/files.ts';
import { binaryVersion, isScript } from './binary.ts';

/** In bedrud's cache: the program asked last, and its answer. */
const memoName = 'livekit-server-version.json';

/**
 * As {@link binaryVersion}, which is asked only when the program at `path` is not the one it was asked of last. Where
 * the answer can't be kept it is asked each time. So is a script: what it starts can change while it stays the same.
 * @param ask tests hand in another one
 * @throws Failure `sfu/binary-missing`
 */
export async function knownVersion(path: string, cacheDir: string, ask = binaryVersion): Promise<string> {
  if (await isScript(path)) return ask(path);
  const program = await identityOf(path);
  const file = join(cacheDir, memoName);
  const kept = await readMemo(file);
  if (kept?.program === program && typeof kept.version === 'string') return kept.version;
  const version = await ask(path);
  await makeFolder(cacheDir, 0o700)
    .then(() => replaceFile(file, `${JSON.stringify({ program, version })}\n`, 0o600))
    .catch(() => {});
  return version;
}

/** Another one for each file that was ever at `path`, also for one with the size and times of another. */
async function identityOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [path, dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

async function readMemo(file: string): Promise<{ program?: unknown; version?: unknown } | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
