/** Which requests change the protocol of their connection. */
import { IncomingMessage } from 'node:http';

/**
 * A request for which `Upgrade` means WebSocket. Java's client and `curl --http2` offer `Upgrade: h2c` with ordinary
 * requests, which a server is free to pass over (RFC 9110, 7.8); Node's hands each of them to who takes WebSockets.
 */
export class Incoming extends IncomingMessage {
  #asks = false;
  // Node writes it while it makes the request, before there are headers, and reads it once it has them.
  get upgrade(): boolean {
    const { method, headers } = this;
    return this.#asks && (method === 'CONNECT' || headers.upgrade?.toLowerCase() === 'websocket');
  }
  set upgrade(asks: boolean | null) {
    if (asks !== null) this.#asks = asks;
  }
}
