/**
 * A door for the webhooks of an embedded LiveKit, on loopback and without TLS: LiveKit verifies certificates, and the
 * server's own may be for a name that this host can't reach itself by.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export const webhookPath = '/api/livekit/webhook';

export interface WebhookInbox {
  url: string;
  /** Hands webhooks to the application from now on. Until then LiveKit is told to try again. */
  attach(application: RequestListener): void;
  close(): void;
}

/** Listens on a free port. */
export async function openInbox(): Promise<WebhookInbox> {
  let application: RequestListener | undefined;
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    if (request.url !== webhookPath) response.writeHead(404).end();
    else if (application === undefined) response.writeHead(503, { 'retry-after': '1' }).end();
    else application(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${webhookPath}`,
    attach(given) {
      application = given;
    },
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}
