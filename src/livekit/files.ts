/** The files that a configuration names, as rules see them. Handed in, so that rules stay pure. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemCode } from '../core/errors.ts';

export type FileLook =
  | { bytes: Buffer /** Permission bits. */; mode: number }
  /** What Go prints of the failure: `no such file or directory`; of a directory there are permission bits. */
  | { reason: string; mode?: number };

export interface FileAccess {
  /** Undefined: there is no telling here, so nothing is said of the file. */
  look(path: string): FileLook | undefined;
}

/** No certificate or key file is larger, in bytes. */
const limit = 1024 * 1024;
const reasons: Record<string, string> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  // A NUL in the name.
  ERR_INVALID_ARG_VALUE: 'invalid argument',
};

/** Looks at this host's files; relative paths are taken from `base`, the working directory of the server. */
export function hostFiles(base: string): FileAccess {
  const seen = new Map<string, FileLook>();
  return {
    look(path) {
      const known = seen.get(path);
      if (known !== undefined) return known;
      const look = lookAt(resolve(base, path));
      seen.set(path, look);
      return look;
    },
  };
}

function lookAt(path: string): FileLook {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) return { reason: 'is a directory', mode: stat.mode & 0o777 };
      if (stat.size > limit) return { reason: 'file too large' };
      return { bytes: readFileSync(fd), mode: stat.mode & 0o777 };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const code = systemCode(error) ?? '';
    return { reason: reasons[code] ?? code };
  }
}
