import type { KeyObject, X509Certificate } from 'node:crypto';
import type { FileAccess } from '../../files.ts';

/** A certificate and its key, as far as they load. */
export interface Pair {
  certificate?: X509Certificate;
  key?: KeyObject;
  /** Why it doesn't load, as Go's tls.LoadX509KeyPair says it. */
  problem?: { of: 'certificate' | 'key'; prints: string };
}

/** Loads a certificate and its key; undefined where there is no telling here. Whether they belong together: {@link mismatchOf}. */
export function loadPair(files: FileAccess, certFile: string, keyFile: string): Pair | undefined {
  const pem: string[] = [];
  for (const [of, path] of [
    ['certificate', certFile],
    ['key', keyFile],
  ] as const) {
    const look = path === '' ? { reason: 'no such file or directory' } : files.look(path);
    if (look === undefined) return undefined;
    if ('reason' in look) {
      const call = look.reason === 'is a directory' ? 'read' : 'open';
      return { problem: { of, prints: `${call} ${path}: ${look.reason}` } };
    }
    pem.push(look.bytes.toString('latin1'));
  }
  const [certPem = '', keyPem = ''] = pem;
  // Most files have no certificate, and loading the module takes as long as linting them.
  const crypto = process.getBuiltinModule('node:crypto');
  const broken = (of: 'certificate' | 'key', prints: string): Pair => ({
    problem: { of, prints: `tls: ${prints}` },
  });
  if (!/-----BEGIN CERTIFICATE-----/.test(certPem)) {
    const switched = /-----BEGIN (\w+ )*PRIVATE KEY-----/.test(certPem);
    return broken(
      'certificate',
      switched
        ? 'failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
        : 'failed to find any PEM data in certificate input',
    );
  }
  if (!/-----BEGIN (\w+ )*PRIVATE KEY-----/.test(keyPem)) {
    const certificate = /-----BEGIN CERTIFICATE-----/.test(keyPem);
    return broken(
      'key',
      certificate
        ? 'found a certificate rather than a key in the PEM for the private key'
        : 'failed to find any PEM data in key input',
    );
  }
  let certificate: X509Certificate;
  try {
    certificate = new crypto.X509Certificate(certPem);
  } catch {
    return broken('certificate', 'failed to parse certificate');
  }
  try {
    return { certificate, key: crypto.createPrivateKey(keyPem) };
  } catch {
    return broken('key', 'failed to parse private key');
  }
}

/** Why the two don't belong together, as Go says it; undefined where they do, or didn't load. */
export function mismatchOf({ certificate, key }: Pair): string | undefined {
  if (certificate === undefined || key === undefined || certificate.checkPrivateKey(key)) return undefined;
  return certificate.publicKey.asymmetricKeyType === key.asymmetricKeyType
    ? 'tls: private key does not match public key'
    : 'tls: private key type does not match public key type';
}
