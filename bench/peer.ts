/** What bench/serve-load.ts measures against: one Fastify route that verifies an HS256 token and answers, and nothing else. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import fastify from 'fastify';

const secret = process.argv[2] ?? '';
const app = fastify();
app.post<{ Body: { roomName: string } }>('/api/room/join', async (request, reply) => {
  const [header, claims = '', signature = ''] = (request.headers.authorization ?? '').slice(7).split('.');
  const expected = createHmac('sha256', secret).update(`${header}.${claims}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return reply.status(401).send();
  const { userId } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { userId: string };
  return { room: request.body.roomName, identity: userId };
});
process.stdout.write(`${JSON.stringify({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })}\n`);
