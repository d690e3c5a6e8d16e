import { docs, type Rule } from '../rule.ts';

export const webhookUrl: Rule = {
  id: 'webhook/url',
  title: 'Webhooks go to URLs',
  severity: 'warning',
  why: 'the server takes any text, and then every event fails to be sent',
  fix: 'write a URL that begins with http:// or https://',
  docs: docs.webhooks,
  *run(facts) {
    for (const [index, url] of facts.list('webhook.urls').entries()) {
      if (/^https?:\/\/[^/\s]/.test(url)) continue;
      yield {
        at: `webhook.urls.${index}`,
        message: `webhook.urls holds ${url || 'an empty text'}, which is no http or https URL`,
      };
    }
  },
};
