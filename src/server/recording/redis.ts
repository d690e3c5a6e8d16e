/** Connections to the Redis that LiveKit and its recorders share. */
import { Redis, type RedisOptions } from 'ioredis';
import { lacksRecorder } from '../../livekit/egress/recorders.ts';
import type { RedisSettings } from './settings.ts';

export function connectRedis(
  { host, port, username, password, db, tls }: RedisSettings,
  more: RedisOptions,
): Redis {
  return new Redis({
    ...{ host, port, db, connectTimeout: 5_000 },
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(tls ? { tls: {} } : {}),
    ...more,
  });
}

/** Is it certain that nobody records? Asked over a connection of its own. */
export async function nobodyRecords(settings: RedisSettings): Promise<boolean> {
  const redis = connectRedis(settings, {
    commandTimeout: 2_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  return lacksRecorder(redis).finally(() => redis.disconnect());
}
