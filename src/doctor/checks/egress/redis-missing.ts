import { defineCheck, type Observation } from '../../check.ts';

export const egressRedisMissing = defineCheck({
  id: 'egress/redis-missing',
  title: 'LiveKit and egress share one Redis',
  area: 'recording',
  severity: 'error',
  why: 'They talk over Redis alone: without it, or with two, starting a recording ends with `no response from servers` or `egress not connected`.',
  fix: "put the same redis: section, address and db, into LiveKit's and egress's files",
  needs: ['livekit', 'egress'],
  run({ livekit, egress }): Observation[] {
    const { document, name } = livekit;
    if (!document.has('redis', 'address') && !document.has('redis', 'sentinel_addresses')) {
      return [{ message: `${name} has no redis.address`, ...document.place('redis') }];
    }
    const [ours, theirs] = [document.string('redis', 'address'), egress.string('redis', 'address')];
    const [ourDb, theirDb] = [document.number('redis', 'db') ?? 0, egress.number('redis', 'db') ?? 0];
    if (ours !== undefined && theirs !== undefined && ours !== theirs && !sameHostSeenTwice(ours, theirs)) {
      return [
        {
          severity: 'warning',
          message: `LiveKit's Redis is ${ours} and egress's is ${theirs}`,
          ...egress.place('redis', 'address'),
        },
      ];
    }
    if (ourDb === theirDb) return [];
    return [
      {
        message: `LiveKit uses database ${ourDb} of Redis and egress database ${theirDb}`,
        ...egress.place('redis', 'db'),
      },
    ];
  },
});

/** What the running LiveKit says, whatever its file does. */
export const egressNotConnected = defineCheck({
  ...egressRedisMissing,
  needs: ['recorder'],
  run: ({ recorder: { connected } }): Observation[] =>
    connected ? [] : [{ message: 'the running LiveKit has no Redis: it says that egress is not connected' }],
});

/** LiveKit has Redis, and nobody listens there for recordings to start. */
export const egressAbsent = defineCheck({
  ...egressRedisMissing,
  needs: ['redis', 'egress'],
  run: ({ redis: { address, answer } }): Observation[] =>
    answer.ok && answer.recorder === false
      ? [
          {
            message: `no egress service is connected to Redis at ${address}: recordings end with \`no response from servers\``,
            hint: 'start egress, with the same redis: section, and look at the end of its log',
          },
        ]
      : [],
});

/** localhost here may be the service name there: same port, and one of the two a loopback address. */
function sameHostSeenTwice(a: string, b: string): boolean {
  const local = (address: string) => /^(localhost|127\.|\[::1\])/.test(address);
  return a.split(':').at(-1) === b.split(':').at(-1) && local(a) !== local(b);
}
