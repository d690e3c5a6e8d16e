import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookEvent } from '@livekit/protocol';
import { WebhookReceiver } from 'livekit-server-sdk';
import { apiKey, apiSecret } from './subject.ts';

export interface Delivery {
  event: WebhookEvent;
  contentType: string | undefined;
  authorization: string | undefined;
  /** The body as it came, decoded. */
  json: Record<string, unknown>;
}

/** A webhook endpoint that takes only what the SDK's receiver verifies, and keeps it. */
export async function receiveWebhooks(answer: (attempt: number) => number = () => 200) {
  const receiver = new WebhookReceiver(apiKey, apiSecret);
  const deliveries: Delivery[] = [];
  const refusals: unknown[] = [];
  let attempts = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    attempts += 1;
    response.statusCode = answer(attempts);
    const body = Buffer.concat(chunks).toString();
    const { authorization, 'content-type': contentType } = request.headers;
    try {
      const event = await receiver.receive(body, authorization);
      if (response.statusCode === 200)
        deliveries.push({ event, contentType, authorization, json: JSON.parse(body) });
    } catch (error) {
      refusals.push(error);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    deliveries,
    refusals,
    attempts: () => attempts,
    /** The names of the events about one room, in the order they came. */
    about: (room: string) =>
      deliveries.filter(({ event }) => event.room?.name === room).map(({ event }) => event.event),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
