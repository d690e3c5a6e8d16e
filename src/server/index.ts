/** What `bedrud serve` listens with. */
import type { Server as HttpsServer } from 'node:https';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from './app.ts';
import type { App, ServerContext } from './context.ts';
import { bindAddress, listen, listenFailure, type PortOwner } from './listen.ts';
import { type CertificateFiles, readCertificate, watchCertificate } from './tls/certificate.ts';
import { redirectServer } from './tls/redirect.ts';
import { muxTurn, type TurnTarget, usualLimits } from './tls/turn-mux.ts';
import type { WebhookInbox } from './webhook/inbox.ts';

/** How long clients may take to hear that their connections end, in milliseconds. */
const lameDuck = 1_000;

export interface ServerOptions extends Omit<ServerContext, 'draining'> {
  /** With it the server speaks HTTPS. */
  tls?: CertificateFiles | undefined;
  /** Where TURN/TLS connections to our port go; asked for each. */
  turn?: (() => TurnTarget | undefined) | undefined;
  /** Another door for webhooks. */
  inbox?: WebhookInbox | undefined;
  /** For the message when a port is taken. */
  portOwner?: PortOwner;
}

export interface RunningServer {
  /** For this host; clients may have another name for it. */
  url: string;
  port: number;
  /** Says on /readyz that it is about to end, and hands out no more join tokens. */
  drain(): void;
  /** Stops accepting and lets requests under way finish. @param graceMs for these, at most */
  close(graceMs: number): Promise<void>;
}

/**
 * Starts to listen.
 * @throws Failure `server/port-in-use`, `server/port-refused`, `server/certificate`
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, tls } = options;
  let draining = false;
  const secure = tls && { ...(await readCertificate(tls)), handshakeTimeout: usualLimits.handshake };
  const app = await buildApp({ ...options, draining: () => draining }, secure);
  const stops: (() => void)[] = [];
  if (tls) {
    const server = app.server as unknown as HttpsServer;
    stops.push(
      muxTurn(server, options.turn ?? (() => undefined)),
      watchCertificate(
        tls,
        (renewed) => {
          server.setSecureContext(renewed);
          log.info({ certFile: tls.certFile }, 'the renewed certificate is in use');
        },
        (error) => log.warn({ err: error }, 'the certificate changed and does not load; the old one stays'),
      ),
    );
  }
  const host = bindAddress(config.server.host);
  const close = async (graceMs: number) => {
    draining = true;
    await emptied(app.server, Math.min(graceMs, lameDuck));
    for (const stop of stops) stop();
    const giveUp = setTimeout(() => app.server.closeAllConnections(), graceMs);
    await app.close();
    clearTimeout(giveUp);
  };
  try {
    const port = await bind(app, host, config.server.port, options.portOwner);
    const { inbox } = options;
    if (inbox) {
      inbox.attach((request, response) => app.routing(request, response));
      stops.push(() => inbox.close());
    }
    if (tls && config.server.httpPort > 0) {
      const redirect: Server = redirectServer(port, config.server.domain);
      await listen(redirect, host, config.server.httpPort, options.portOwner);
      stops.push(() => redirect.close());
    }
    return {
      url: `${tls ? 'https' : 'http'}://${authorityOf(host)}:${port}`,
      port,
      drain() {
        draining = true;
      },
      close,
    };
  } catch (error) {
    await close(0);
    throw error;
  }
}

/**
 * Resolves once nobody is connected any more: every answer has asked for that. A connection that is ended while its
 * client sends the next request would lose it.
 * @param atMost in milliseconds
 */
async function emptied(server: Server, atMost: number): Promise<void> {
  const deadline = performance.now() + atMost;
  const connected = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  while ((await connected()) && performance.now() < deadline) await sleep(20);
}

async function bind(app: App, host: string, port: number, ownerOf?: PortOwner): Promise<number> {
  try {
    await app.listen({ host, port, backlog: 1024 });
  } catch (error) {
    throw listenFailure(error, host, port, ownerOf);
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** `host` as this host can reach it, for a URL. */
function authorityOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
