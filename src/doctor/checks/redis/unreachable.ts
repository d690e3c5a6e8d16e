import { defineCheck, type Observation } from '../../check.ts';

export const redisUnreachable = defineCheck({
  id: 'redis/unreachable',
  title: "LiveKit's Redis answers, with LiveKit's credentials",
  area: 'network',
  severity: 'error',
  why: 'livekit-server ends at its start without its Redis, and recording and several nodes talk through it alone.',
  fix: 'correct redis.address (host:port, no scheme), start Redis, and let this host through its firewall and bind',
  needs: ['redis'],
  run({ redis: { address, answer } }): Observation[] {
    if (answer.ok) return [];
    const { step, problem } = answer;
    const steps = {
      connect: { text: 'cannot be reached' },
      auth: {
        text: 'refuses the credentials',
        hint: 'set redis.username and redis.password to what that server wants',
      },
      ping: {
        text: 'does not answer',
        hint: 'check that this is a Redis server, and whether it wants TLS (redis.tls)',
      },
      publish: {
        text: 'carries no messages',
        hint: 'allow PUBLISH, SUBSCRIBE and all channels to the user (ACL SETUSER … +@all ~* &*)',
      },
    } as const;
    const known: { text: string; hint?: string } = steps[step];
    return [
      {
        message: `Redis at ${address} ${known.text}: ${problem}`,
        ...(known.hint ? { hint: known.hint } : {}),
      },
    ];
  },
});
