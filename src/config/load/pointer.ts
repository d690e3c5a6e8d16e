/** JSON pointers (RFC 6901), and the dotted paths people write. */

export function childPointer(pointer: string, name: string | number): string {
  return `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** `livekit.port` → `/livekit/port`. No key of ours holds a dot, a slash or a tilde. */
export function pointerOf(path: string): string {
  return path === '' ? '' : `/${path.replaceAll('.', '/')}`;
}

/** `/livekit/port` → `['livekit', 'port']`. */
export function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
