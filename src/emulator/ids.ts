import { randomBytes } from 'node:crypto';

const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** A new id with LiveKit's prefix for its kind, such as `RM_8ACmV5SSbzKd`. */
export function id(prefix: string): string {
  return prefix + randomText(12);
}

/** Letters and digits nobody can guess. */
export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}
