import { defineCheck } from '../../check.ts';

export const webhookLocalhostInContainer = defineCheck({
  id: 'webhook/localhost-in-container',
  title: 'Webhooks leave the container',
  area: 'rooms',
  severity: 'error',
  why: 'Inside a container localhost is the container itself: the webhook never reaches Bedrud.',
  fix: 'name the service (http://bedrud:8090/api/livekit/webhook) or the public address, or use network_mode: host',
  needs: ['livekit', 'compose'],
  run({ livekit: { document, rendered }, compose }) {
    const contained = compose.services.some(({ role, hostNetwork }) => role === 'livekit' && !hostNetwork);
    if (!contained || rendered) return [];
    return document
      .strings('webhook', 'urls')
      .map((url, i) => ({ url, i }))
      .filter(({ url }) => /^https?:\/\/(localhost|127\.|\[::1\])/i.test(url))
      .map(({ url, i }) => ({
        message: `LiveKit runs in a container and reports to ${url}, which is that container`,
        ...document.place('webhook', 'urls', i),
      }));
  },
});
