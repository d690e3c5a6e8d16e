import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { gatherRenderFacts, outboundAddress, readCertificate } from '../../src/livekit/host-facts.ts';
import type { RenderInput } from '../../src/livekit/render/index.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const meet = { certFile: fixture('meet.pem'), keyFile: fixture('meet.key') };

describe('a certificate', () => {
  test('names what it covers', async () => {
    expect(await readCertificate(meet)).toEqual({ names: ['meet.example.com', '*.turn.example.com'] });
  });

  test('with the key of another cannot be used', async () => {
    const { names, problem } = await readCertificate({ ...meet, keyFile: fixture('other.key') });
    expect(names).toEqual([]);
    expect(problem).toMatchObject({ missing: false });
    expect(problem?.text).toContain('other.key is not the key of');
  });

  test('that is none cannot be used', async () => {
    const { problem } = await readCertificate({ ...meet, certFile: meet.keyFile });
    expect(problem).toMatchObject({ missing: false });
  });

  test('that is not here is only missing', async () => {
    const { problem } = await readCertificate({ ...meet, keyFile: '/nonexistent/key.pem' });
    expect(problem).toEqual({ text: '/nonexistent/key.pem: no such file', missing: true });
  });
});

test('the outbound address is one of this host that others can reach, or none', async () => {
  const address = await outboundAddress();
  if (address !== undefined) expect(isIP(address)).toBeGreaterThan(0);
  expect(['127.0.0.1', '::1', '0.0.0.0', '::']).not.toContain(address);
});

describe('looking up the TURN name', () => {
  const input: RenderInput = {
    server: { host: '0.0.0.0', port: 443, domain: 'meet.example.com' },
    tls: { mode: 'manual', ...meet },
    livekit: { port: 7880, rtc: {}, turn: {}, tls: {}, redis: {}, room: {}, webhook: {}, overrides: {} },
  };
  const asked = async (changed: RenderInput, found: boolean) => {
    const names: string[] = [];
    const facts = await gatherRenderFacts(changed, '1.13.5', async (name) => {
      names.push(name);
      return found;
    });
    return { names, unresolvable: facts.unresolvable };
  };

  test('asks for the one that will be used', async () => {
    expect(await asked(input, true)).toEqual({ names: ['meet.example.com'], unresolvable: undefined });
  });

  test('keeps what was not found', async () => {
    expect(await asked(input, false)).toEqual({
      names: ['meet.example.com'],
      unresolvable: ['meet.example.com'],
    });
  });

  test('asks for nothing when TURN is off or has no name', async () => {
    const off = { ...input, livekit: { ...input.livekit, turn: { enabled: false } } };
    expect((await asked(off, false)).names).toEqual([]);
    const unusable = { ...input, livekit: { ...input.livekit, turn: { domain: 'localhost' } } };
    expect((await asked(unusable, false)).names).toEqual([]);
  });
});
