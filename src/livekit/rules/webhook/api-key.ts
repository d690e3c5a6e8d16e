import type { Facts } from '../../facts.ts';
import { readKeys } from '../keys/key-file.ts';
import { docs, type Rule } from '../rule.ts';

/** The API keys that the server ends up with; undefined when they stand in a file that can't be read here. */
function apiKeys(facts: Facts): Map<string, string> | undefined {
  const path = facts.string('key_file');
  if (path === '') {
    const keys = facts.map('keys');
    return keys.size === 0 && facts.flag('development') ? new Map([['devkey', 'secret']]) : keys;
  }
  const look = facts.files.look(path);
  if (look === undefined || 'reason' in look) return undefined;
  return new Map(Object.entries(readKeys(look.bytes).keys));
}

export const webhookApiKey: Rule = {
  id: 'webhook/api-key',
  title: 'Webhooks are signed with one of the API keys',
  severity: 'error',
  why: 'with webhook.urls and no webhook.api_key that is among the keys the server says "api_key is required to use webhooks" and ends',
  fix: 'set webhook.api_key to one of the names under keys:',
  docs: docs.webhooks,
  *run(facts) {
    if (facts.list('webhook.urls').length === 0) return;
    const keys = apiKeys(facts);
    const name = facts.string('webhook.api_key');
    if (keys === undefined || (keys.get(name) ?? '') !== '') return;
    yield {
      at: name === '' ? 'webhook.urls' : 'webhook.api_key',
      message:
        name === ''
          ? 'webhook.urls is set and webhook.api_key is not'
          : `webhook.api_key ${name} is not among the keys`,
      stops: { stage: 'webhook', prints: 'api_key is required to use webhooks' },
    };
  },
};
