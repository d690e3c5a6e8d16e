/** /api/docs: the description of the API, for people and for programs. Both are loaded when somebody asks. */
import type { App } from '../context.ts';
import { operation } from './operation.ts';

export function apiDocs(app: App): void {
  app.get(
    '/api/docs',
    {
      schema: operation({
        summary: 'The API, for people to read',
        tag: 'Health',
        caller: 'anyone',
        answers: { 200: { description: 'A page without scripts.', mediaType: 'text/html' } },
      }),
    },
    async (_request, reply) => {
      const [{ page, policy }, document] = await Promise.all([import('./page.ts'), load()]);
      reply
        .headers({ 'content-security-policy': policy, 'cache-control': 'no-cache' })
        .type('text/html; charset=utf-8');
      return page(document);
    },
  );
  app.get(
    '/api/docs/openapi.json',
    {
      schema: operation({
        summary: 'The API, as OpenAPI 3.1',
        tag: 'Health',
        caller: 'anyone',
        answers: { 200: { description: 'This document.', schema: { type: 'object' } } },
      }),
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-cache');
      return load();
    },
  );
}

async function load() {
  const { default: document } = await import('../../../schemas/openapi.json', { with: { type: 'json' } });
  return document;
}
