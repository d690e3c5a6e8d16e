/** Plain HTTP on server.httpPort: every request is sent to the same path under https. */
import { createServer, type Server } from 'node:http';

/** @param httpsPort where HTTPS is, for the URL. @param domain server.domain; else the name that was asked for */
export function redirectServer(httpsPort: number, domain: string | undefined): Server {
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 1000 }, (request, response) => {
    const asked = (request.headers.host ?? '').replace(/:\d+$/, '');
    const name = domain ?? asked;
    if (!/^[\w.-]+$|^\[[0-9a-f:.]+\]$/i.test(name)) {
      response.writeHead(400).end();
      return;
    }
    const authority = httpsPort === 443 ? name : `${name}:${httpsPort}`;
    const path = request.url?.startsWith('/') ? request.url : '/';
    response.writeHead(308, { location: `https://${authority}${path}`, connection: 'close' }).end();
  });
  return server;
}
