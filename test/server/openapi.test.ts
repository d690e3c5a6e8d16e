import { createHash } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import fastify from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import document from '../../schemas/openapi.json' with { type: 'json' };
import type { App } from '../../src/server/context.ts';
import { addRoutes } from '../../src/server/routes.ts';
import { bearer, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
beforeEach(async () => {
  server = await makeServer();
});
afterEach(() => server.close());

test('the document is OpenAPI 3.1', async () => {
  expect(document.openapi).toBe('3.1.0');
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
  const broken = { ...structuredClone(document), paths: { '/x': { get: { responses: 7 } } } };
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

test('it has every route but the page and the proxy, and no other', async () => {
  const app = fastify() as unknown as App;
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push(`${one} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  });
  await addRoutes(app, server.context);
  await app.close();
  const ours = routes.filter((route) => !/^(HEAD|OPTIONS) |^GET \/$| \/livekit\/\*$/.test(route));
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(ours.sort());
});

/** Each operation that takes an access token, with a path that names nothing there is. */
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, { security: object[]; requestBody?: object }>).map(
    ([method, { security, requestBody }]) => ({
      method: method.toUpperCase() as 'POST',
      path,
      url: path.replaceAll(/\{\w+\}/g, 'none'),
      caller: JSON.stringify(security),
      body: requestBody !== undefined,
    }),
  ),
);

test.each(operations.filter(({ caller }) => caller === '[{"bearer":[]}]'))(
  '$method $path takes no token that is not ours',
  async ({ method, url }) => {
    const foreign = await bearer('ana', {}, { secret: 'another-secret-than-that-of-the-server-1' });
    for (const headers of [{}, foreign, await bearer('ana', {}, { expires: '-1m' })]) {
      const response = await server.app.inject({ method, url, headers });
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toBe('Bearer');
    }
  },
);

test.each(operations.filter(({ body }) => body))(
  '$method $path takes JSON, and no more of it than it has to',
  async ({ method, url, caller }) => {
    const headers = caller === '[]' ? {} : await bearer('ana', { accesses: ['superadmin'] });
    const status = async (type: string, payload: string) =>
      (await server.app.inject({ method, url, payload, headers: { ...headers, 'content-type': type } }))
        .statusCode;
    expect(await status('text/plain', '{}')).toBe(415);
    if (url !== '/api/livekit/webhook') {
      expect(await status('application/json', `"${'x'.repeat(70_000)}"`)).toBe(413);
    }
  },
);

test('it is served as it is', async () => {
  const response = await server.app.inject('/api/docs/openapi.json');
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual(document);
});

test('the page shows every operation, and loads nothing but its own style', async () => {
  const { body, headers } = await server.app.inject('/api/docs');
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  for (const path of Object.keys(document.paths)) expect(body).toContain(`<code>${path}</code>`);
  expect(body).not.toMatch(/<script|https?:\/\/|undefined|\[object|<\/code>: \{\w+\}</);
  const join = body.match(/<details id="post-\/api\/room\/join">.*?<\/details>/s)?.[0] ?? '';
  for (const field of ['token', 'expiresAt', 'livekitHost', 'identity', 'status']) {
    expect(join).toContain(`<th scope="row"><code>${field}</code></th>`);
  }
  expect(join).toContain('<a href="#Room">Room</a>, and besides');
  expect(body.match(/(>|list of |or )anything/g)).toBeNull();
  const style = body.match(/<style>(.*)<\/style>/s)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});

test('schemas are compiled once, and two first requests at the same time have their own errors', async () => {
  const headers = await bearer('ana');
  const ask = (payload: object) =>
    server.app.inject({ method: 'POST', url: '/api/room/create', headers, payload });
  const [bad, good, worse] = await Promise.all([ask({ isPublic: 'yes' }), ask({}), ask({ mode: 'party' })]);
  expect(bad?.json().detail).toContain('boolean');
  expect(good?.statusCode).toBe(201);
  expect(worse?.json().detail).toContain('allowed values');
});
