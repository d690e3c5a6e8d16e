/** schemas/openapi.json, from the schemas of the routes. */
import swagger from '@fastify/swagger';
import fastify from 'fastify';
import { loadConfig } from '../../src/config/index.ts';
import { version } from '../../src/core/version.ts';
import type { App, ServerContext } from '../../src/server/context.ts';
import { tags } from '../../src/server/openapi/operation.ts';
import { addRoutes } from '../../src/server/routes.ts';

export async function openApiDocument(): Promise<string> {
  const app = fastify() as unknown as App;
  await app.register(swagger, {
    hideUntagged: true,
    convertConstToEnum: false,
    refResolver: { buildLocalReference: ({ $id }, _uri, _fragment, i) => String($id ?? `schema-${i}`) },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'bedrud serve',
        version,
        description:
          'Paths and fields follow the Bedrud server’s own API. Every error is a problem document (RFC 9457) whose `code` is stable. Any request can end with 405 (`Allow` says what there is), 408, or 431 where its headers are larger than 16 KiB.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'An access token of the Bedrud server, signed with `auth.jwtSecret`.',
          },
        },
      },
    },
  });
  await addRoutes(app, await contextOfNoServer());
  await app.ready();
  const document = app.swagger();
  await app.close();
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Enough to add routes, none of which is called. */
async function contextOfNoServer(): Promise<ServerContext> {
  const { config } = await loadConfig({ env: {}, cwd: '/nonexistent' });
  return {
    config: { ...config, auth: { ...config.auth, jwtSecret: 'unused' } },
    sfu: { connection: { url: 'http://127.0.0.1:7880', apiKey: '', apiSecret: '', skipTLSVerify: false } },
  } as unknown as ServerContext;
}
