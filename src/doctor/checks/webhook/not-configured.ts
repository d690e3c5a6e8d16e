import { defineCheck, type Observation } from '../../check.ts';

const path = '/api/livekit/webhook';

export const webhookNotConfigured = defineCheck({
  id: 'webhook/not-configured',
  title: 'LiveKit reports to Bedrud',
  area: 'rooms',
  severity: 'error',
  why: 'Bedrud learns from webhooks that participants left and rooms ended; without them both stay as they were.',
  fix: `add to LiveKit's file: webhook: {urls: ["https://<your domain>${path}"], api_key: <livekit.apiKey>}`,
  needs: ['livekit', 'config'],
  run({ livekit: { document, name, rendered }, config }): Observation[] {
    if (rendered) return [];
    const urls = document.strings('webhook', 'urls');
    const { apiKey } = config.config.livekit;
    if (!urls.some((url) => url.includes(path))) {
      const what =
        urls.length === 0 ? 'has no webhook.urls' : `reports to ${urls.join(', ')}, and not to ${path}`;
      return [{ message: `${name} ${what}`, ...document.place('webhook', 'urls') }];
    }
    const key = document.string('webhook', 'api_key');
    if (apiKey === undefined || key === undefined || key === apiKey) return [];
    return [
      {
        message: `${name} signs webhooks with the key ${key}, and Bedrud knows ${apiKey} only: it refuses them`,
        hint: 'set webhook.api_key to livekit.apiKey',
        ...document.place('webhook', 'api_key'),
      },
    ];
  },
});

/** What it leads to: the database goes on counting who has left. */
export const webhookNotArriving = defineCheck({
  ...webhookNotConfigured,
  needs: ['occupancy'],
  run: ({ occupancy: { left, finished } }): Observation[] => {
    const stale = [...left, ...finished];
    if (stale.length === 0) return [];
    const rooms = [...new Set(stale.map(({ roomName }) => roomName))];
    const named = rooms.slice(0, 3).join(', ') + (rooms.length > 3 ? ', …' : '');
    const closed =
      finished.length === 0 ? '' : `; ${finished.length} of them in rooms that LiveKit has no more`;
    return [
      {
        message: `the database counts ${stale.length} as connected whom LiveKit does not have (${named})${closed}`,
        hint: "start bedrud serve, which compares the two, and have LiveKit report to it: webhook.urls in LiveKit's file, with livekit.apiKey as webhook.api_key",
      },
    ];
  },
});
