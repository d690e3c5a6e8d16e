/** What may be sent along with a request without being one's business. */
import type { App } from './context.ts';

/**
 * Clients that always say `Content-Type: application/json`, as Bedrud's do, also say it when they send nothing: then
 * there is no body, whatever its type. Nor is there one where the route takes none: it is passed over.
 */
export function passOverBodies(scope: App): void {
  scope.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw;
    const empty = (headers['content-length'] ?? '0') === '0' && headers['transfer-encoding'] === undefined;
    if (empty || request.routeOptions.schema?.body === undefined) {
      for (const name of ['content-type', 'content-length', 'transfer-encoding']) delete headers[name];
    }
    done();
  });
}
