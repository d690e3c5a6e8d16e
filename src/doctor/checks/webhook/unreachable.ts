import { defineCheck, type Observation } from '../../check.ts';

export const webhookUnreachable = defineCheck({
  id: 'webhook/unreachable',
  title: 'Bedrud takes the webhooks it is sent',
  area: 'rooms',
  severity: 'error',
  why: 'Participants stay active after they left: LiveKit reports it, and the report does not arrive. A 4xx counts as delivered and is never repeated.',
  fix: 'open the port for LiveKit, and correct webhook.urls: scheme, name, port and /api/livekit/webhook',
  needs: ['webhooks'],
  run: ({ webhooks }) =>
    webhooks.flatMap(({ url, answer, rewritten }): Observation[] => {
      if ('problem' in answer) {
        const hint = answer.code === 'ECONNREFUSED' ? hints.refused : undefined;
        return [{ message: `${url} cannot be reached: ${answer.problem}`, ...(hint ? { hint } : {}) }];
      }
      const { status } = answer;
      // Redirects and rewritten bodies have checks of their own.
      if (status < 400 || rewritten) return [];
      return [{ message: `${url} answers ${status} to a signed webhook`, hint: hints[status] }];
    }),
});

const hints: Record<number, string | undefined> & { refused: string } = {
  refused:
    'start Bedrud there (bedrud serve), or correct webhook.urls: scheme, name, port and /api/livekit/webhook',
  401: 'it does not accept the signature: use the same key and secret on both sides, and let no proxy rewrite the body',
  403: 'something in front of Bedrud refuses it: let POSTs to /api/livekit/webhook through',
  404: "the path is not Bedrud's: it is /api/livekit/webhook, below whatever prefix the proxy strips",
  405: "the path is not Bedrud's: it is /api/livekit/webhook",
  413: 'the proxy refuses bodies of this size: raise client_max_body_size',
  502: 'the proxy does not reach Bedrud: start it, or correct the upstream',
};
