/** Keeps a map that is filled by strangers from growing past `most`: what was put in first goes first. */
export function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
