import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { run } from '../helpers/run.ts';

const env = { LIVEKIT_API_KEY: 'APIkey', LIVEKIT_API_SECRET: 'a-secret-of-at-least-32-characters' };

test('livekit probe: what is wrong is a finding, with status 1', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const ran = await run(['livekit', 'probe', '--url', url, '--json'], { env });
  expect(ran.status).toBe(1);
  expect(ran.json()).toMatchObject({
    ok: false,
    facts: { url, tcp: { code: 'ECONNREFUSED' } },
    findings: [{ id: 'sfu/api-unreachable', severity: 'error' }],
  });
});

test('livekit probe: a summary for people, and no token in it', async () => {
  const server = createServer((request, response) => {
    response.writeHead(401).end(`invalid token: ${request.url}, error: token is expired`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const ran = await run(['livekit', 'probe', '--url', `http://127.0.0.1:${port}`], { env });
  server.close();
  server.closeAllConnections();
  expect(ran.status).toBe(1);
  expect(ran.stdout).toContain('token        expired');
  expect(ran.stderr).toContain('[clock/skew]');
  expect(ran.stdout + ran.stderr).not.toContain('eyJ');
});
