import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { keys, makeServer } from '../../server/helpers.ts';
import { config, doctor, recreates, type Scenario } from '../recreate.ts';
import { http } from '../servers.ts';

/** Bedrud itself. @returns its port */
async function bedrud(): Promise<{ port: number; said: string[] }> {
  const { app, close } = await makeServer();
  onTestFinished(close);
  const said: string[] = [];
  app.addHook('onSend', async (_request, _reply, payload) => {
    said.push(String(payload));
    return payload;
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { port: (app.server.address() as AddressInfo).port, said };
}

/** Something on the way to `port` that does `change` to every body. @returns its port */
function gateway(port: number, change: (body: string) => string): Promise<number> {
  return http(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const passed = await fetch(`http://127.0.0.1:${port}${request.url}`, {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: change(Buffer.concat(chunks).toString()),
    });
    answer.writeHead(passed.status).end(await passed.text());
  });
}

const at = (port: number, secret = keys.apiSecret): Scenario => ({
  live: true,
  files: {
    'config.yaml': config({ livekit: 'port: 1' }),
    'livekit.yaml': `port: 1
keys: {${keys.apiKey}: ${secret}}
webhook: {urls: ["http://127.0.0.1:${port}/api/livekit/webhook"], api_key: ${keys.apiKey}}
`,
  },
  args: ['--livekit-config', 'livekit.yaml', '--only', 'webhook/unreachable,webhook/body-reencoded'],
});

describe('webhooks on their way to Bedrud', () => {
  recreates(
    'webhook/body-reencoded',
    'checksum mismatch behind a gateway that parses bodies',
    async () => {
      const { port } = await bedrud();
      return at(await gateway(port, (body) => JSON.stringify(JSON.parse(body))));
    },
    { message: /answers 401 to an event as LiveKit writes it/, hint: /pass bodies on as they are/ },
  );
  recreates(
    'webhook/unreachable',
    'signed with another secret',
    async () => at((await bedrud()).port, 'another-secret-of-the-webhook-tests-0123'),
    { message: /answers 401 to a signed webhook/, hint: /same key and secret/ },
  );

  test('arrive, and leave nothing behind', async () => {
    const { port, said } = await bedrud();
    const ran = await doctor(at(await gateway(port, (body) => body)), '--json', '--fail-on', 'warning');
    expect(ran.status).toBe(0);
    expect(said).toEqual(['{"status":"ignored"}']);
  });
});
