/**
 * Variables that livekit-server (1.5.0 to 1.13.5, cmd/server/main.go) lets override its file. Besides these each
 * key of the file can be set by a LIVEKIT_ variable of its name.
 */
const overriding = new Set(['NODE_IP', 'UDP_PORT', 'REDIS_HOST', 'REDIS_PASSWORD']);

/**
 * `env` without what would silently change the configuration that livekit-server is given, and the names that
 * were left out. Bedrud's own LIVEKIT_ variables have been applied to the configuration already.
 */
export function cleanEnvironment(env: Readonly<Record<string, string | undefined>>): {
  env: Record<string, string>;
  removed: string[];
} {
  const kept: Record<string, string> = {};
  const removed: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (name.startsWith('LIVEKIT_') || overriding.has(name)) removed.push(name);
    else kept[name] = value;
  }
  return { env: kept, removed: removed.sort() };
}
