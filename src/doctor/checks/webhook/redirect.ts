import { defineCheck, type Observation } from '../../check.ts';

export const webhookRedirect = defineCheck({
  id: 'webhook/redirect',
  title: 'Webhooks are not redirected',
  area: 'rooms',
  severity: 'error',
  why: 'A POST that is redirected becomes a GET without its body: the event is lost, and LiveKit thinks it delivered.',
  fix: 'name the final address in webhook.urls',
  needs: ['webhooks'],
  run: ({ webhooks }) =>
    webhooks.flatMap(({ url, answer }): Observation[] =>
      'status' in answer && answer.status >= 300 && answer.status < 400
        ? [
            {
              message: `${url} redirects (${answer.status}) to ${answer.location ?? 'nowhere'}`,
              ...(answer.location ? { hint: `set webhook.urls to ${answer.location}` } : {}),
            },
          ]
        : [],
    ),
});
