import { defineCheck } from '../../check.ts';

export const turnPort443 = defineCheck({
  id: 'turn/port-443',
  title: 'TURN over TLS answers on 443, where clients are sent',
  area: 'media',
  severity: 'error',
  why: 'LiveKit tells clients turns:DOMAIN:443 whatever turn.tls_port is; where a web server sits there, the last way through a firewall is shut.',
  fix: 'route 443 for turn.domain to turn.tls_port without ending TLS, or let bedrud serve listen on 443: it hands TURN over',
  needs: ['turn'],
  run: ({ turn: { servers } }) =>
    servers
      .filter(
        ({ answer, transport, port, announced, instead }) =>
          announced && transport === 'tls' && port === 443 && !answer.ok && instead === undefined,
      )
      .map(({ url, answer }) => ({ message: `clients are told ${url}: ${answer.ok ? '' : answer.problem}` })),
});
