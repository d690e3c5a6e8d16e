import { relay } from '../../check.ts';

export const tlsSelfSignedSfu = relay(
  {
    id: 'tls/self-signed-sfu',
    title: "LiveKit's certificate can be verified",
    area: 'network',
    severity: 'error',
    why: 'The server refuses to talk to LiveKit; browsers refuse it as well, and nobody can tell them not to.',
    fix: 'serve a full chain from a public authority; set livekit.skipTLSVerify: true only where you own both ends',
  },
  'sfu',
);
