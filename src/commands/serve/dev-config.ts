/** The configuration that `serve --dev` makes up where there is none. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { abandonedTemps, ownedTempPath, tempUnwritable } from '../../sfu/owned-temp.ts';

const kind = { name: 'dev' };

/**
 * A folder with a configuration for this host alone: fresh secrets, loopback addresses, the usual ports where
 * they are free. It is a file so that other commands can be pointed at it.
 */
export async function makeDevConfig(): Promise<string> {
  // One that was killed could not remove its folder.
  for (const stale of await abandonedTemps(kind)) await rm(stale, { recursive: true, force: true });
  const folder = ownedTempPath(kind);
  const secret = (bytes: number) => randomBytes(bytes).toString('hex');
  const [port, sfuPort, udpPort] = await Promise.all([
    freePort('tcp', 8090),
    freePort('tcp', 7880),
    freePort('udp', 7882),
  ]);
  const config = {
    server: { host: '127.0.0.1', port: String(port), enableTLS: false },
    database: { type: 'sqlite', path: join(folder, 'bedrud.db') },
    livekit: {
      apiKey: `API${secret(6)}`,
      apiSecret: secret(24),
      nodeIP: '127.0.0.1',
      port: sfuPort,
      rtc: { udpPort },
      overrides: { bind_addresses: ['127.0.0.1'], rtc: loopbackOnly },
    },
    auth: { jwtSecret: secret(32) },
  };
  try {
    await mkdir(folder, { mode: 0o700 });
    // JSON is YAML.
    await writeFile(join(folder, 'config.yaml'), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw tempUnwritable(folder, error);
  }
  return folder;
}

/**
 * LiveKit's UDP port follows the filter of addresses. Its ICE/TCP port is on every address of the host whatever is
 * configured (1.5.3 to 1.13.5), so there is none.
 */
const loopbackOnly = {
  tcp_port: 0,
  ips: { includes: ['127.0.0.1/32'] },
  enable_loopback_candidate: true,
};

/** `wanted`, or where that is taken one that is free. */
async function freePort(protocol: 'tcp' | 'udp', wanted: number): Promise<number> {
  return (await tryPort(protocol, wanted)) ?? (await tryPort(protocol, 0)) ?? wanted;
}

function tryPort(protocol: 'tcp' | 'udp', port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const failed = () => resolve(undefined);
    if (protocol === 'udp') {
      const socket = createSocket('udp4').once('error', failed);
      socket.bind({ port, exclusive: true }, () => {
        const bound = socket.address().port;
        socket.close(() => resolve(bound));
      });
      return;
    }
    const server = createServer().once('error', failed);
    // On every address, as these ports are looked at again before livekit-server starts.
    server.listen({ port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
