import { relay } from '../../check.ts';

export const proxyPartialPaths = relay(
  {
    id: 'proxy/partial-paths',
    title: 'All of LiveKit is behind its address',
    area: 'network',
    severity: 'error',
    why: 'Clients ask /rtc/v1 and /rtc/validate, the server asks /twirp: with only some of them passed on, some clients fail or errors go unexplained.',
    fix: 'pass /rtc with everything below it and /twirp on to LiveKit, with the path unchanged',
  },
  'sfu',
);
