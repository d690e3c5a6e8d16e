import type { ServerConfig } from './model.ts';

/** How the server gets its certificate. */
export type TlsMode =
  | { mode: 'none' }
  | { mode: 'manual'; certFile: string; keyFile: string }
  | { mode: 'acme'; domain: string }
  | { mode: 'system'; certFile: string; keyFile: string };

/** Where Bedrud's installer puts a certificate. */
export const systemCertificate = { certFile: '/etc/bedrud/cert.pem', keyFile: '/etc/bedrud/key.pem' };

/**
 * None when TLS is off; else the files the operator named, which win over ACME; else ACME with a domain; else
 * the installer's files. A half of the pair that isn't named is the installer's, as Bedrud has it.
 */
export function tlsMode(server: ServerConfig): TlsMode {
  if (!server.enableTLS || server.disableTLS) return { mode: 'none' };
  const { certFile, keyFile } = server;
  if (certFile !== undefined || keyFile !== undefined) {
    return {
      mode: 'manual',
      certFile: certFile ?? systemCertificate.certFile,
      keyFile: keyFile ?? systemCertificate.keyFile,
    };
  }
  if (server.useACME && server.domain !== undefined) return { mode: 'acme', domain: server.domain };
  return { mode: 'system', ...systemCertificate };
}
