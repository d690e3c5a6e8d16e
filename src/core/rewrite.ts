/** Changing a file that somebody else keeps: their links, owners and permissions stay, and so does the old text. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, chown, copyFile, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { failure, reasonOf, systemCode } from './errors.ts';
import { readTextFile } from './files.ts';

/** Two runs within a second are told apart by a number; more than this is somebody's loop. */
const maxBackups = 100;

/**
 * Replaces `before` by `after` in `file`: at once, so that whoever reads it meanwhile sees the one or the other. Where
 * that would change more than the text (another owner, hard links, a mount of this one file) it is written in place.
 * @returns where the old text is kept, with the mode and owner of the file
 * @throws Failure `output/changed` when something else is in it by now, `output/unwritable`
 */
export async function rewriteFile(file: string, before: string, after: string, now: Date): Promise<string> {
  const target = await realpath(file).catch(() => file);
  if ((await readTextFile(target)) !== before) throw failure('output/changed', { file });
  let backup: string | undefined;
  try {
    backup = await keep(target, now);
    if (!(await replace(target, after))) await writeInPlace(target, after);
    return backup;
  } catch (error) {
    const kept = backup === undefined ? '' : `; ${backup} is what was in it`;
    const hint = `the file and its folder have to be writable${kept}`;
    throw failure('output/unwritable', { file, reason: reasonOf(error), hint }, error);
  }
}

async function keep(target: string, now: Date): Promise<string> {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const { mode, uid, gid } = await stat(target);
  for (let count = 0; ; count += 1) {
    const backup = `${target}.${stamp}${count === 0 ? '' : `-${count}`}.bak`;
    try {
      await copyFile(target, backup, constants.COPYFILE_EXCL);
      await chmod(backup, mode & 0o7777);
      // Whoever may read the file may read its copy: it is never open to more, whoever owns it.
      await chown(backup, uid, gid).catch(() => {});
      return backup;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || count === maxBackups) throw error;
    }
  }
}

/** @returns false where another file in its place would not be the same */
async function replace(target: string, text: string): Promise<boolean> {
  const { mode, uid, gid, nlink } = await stat(target);
  if (nlink > 1) return false;
  const partial = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = await open(partial, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.chown(uid, gid);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, target);
    return true;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    // A full disk would not take it in place either, and leave half of it.
    if (['ENOSPC', 'EDQUOT', 'EIO'].includes(systemCode(error) ?? '')) throw error;
    return false;
  }
}

async function writeInPlace(target: string, text: string): Promise<void> {
  const handle = await open(target, 'r+');
  try {
    const bytes = Buffer.from(text);
    await handle.writeFile(bytes);
    await handle.truncate(bytes.length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
