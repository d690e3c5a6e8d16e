/** Holds what the server answers against schemas/openapi.json: an answer that the document does not have fails the test. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { LightMyRequestResponse } from 'fastify';
import document from '../../schemas/openapi.json' with { type: 'json' };

interface Described {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(document, 'openapi');
const checks = new Map<string, ValidateFunction>();

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods as unknown as Record<string, Described>).map(([method, { responses }]) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
    method: method.toUpperCase(),
    responses,
  })),
);

/** @throws when the document describes the path, and not this answer */
export function requireDescribed(method: string, url: string, response: LightMyRequestResponse): void {
  const path = url.replace(/\?.*/s, '');
  // Paths without parameters go first, as in the router.
  const found = operations
    .filter((operation) => operation.method === method && operation.pattern.test(path))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  if (found === undefined) return;
  const { statusCode } = response;
  const mediaType = String(response.headers['content-type']).split(';')[0] ?? '';
  const where = `${method} ${found.path} ${statusCode} ${mediaType}`;
  if (found.responses[statusCode]?.content?.[mediaType] === undefined) {
    throw new Error(`openapi.json has no ${where}: ${response.body}`);
  }
  if (!mediaType.endsWith('json')) return;
  let check = checks.get(where);
  if (check === undefined) {
    const steps = [
      'paths',
      found.path,
      method.toLowerCase(),
      'responses',
      statusCode,
      'content',
      mediaType,
      'schema',
    ];
    const pointer = steps.map((step) =>
      encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    check = ajv.compile({ $ref: `openapi#/${pointer.join('/')}` });
    checks.set(where, check);
  }
  if (!check(response.json())) {
    throw new Error(
      `${where} is not as openapi.json has it: ${ajv.errorsText(check.errors)}\n${response.body}`,
    );
  }
}
