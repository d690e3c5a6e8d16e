import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Facts } from '../../facts.ts';
import { turnTls } from './tls.ts';

interface Pair {
  certificate?: X509Certificate;
  key?: KeyObject;
  /** Why it doesn't load, as Go's tls.LoadX509KeyPair says it. */
  problem?: { at: string; prints: string };
}

/** The certificate and key that TURN would load; undefined where it loads none, or there is no telling here. */
export function pairOf(facts: Facts): Pair | undefined {
  if (!turnTls(facts) || facts.flag('turn.external_tls')) return undefined;
  const pem: string[] = [];
  for (const at of ['turn.cert_file', 'turn.key_file']) {
    const path = facts.string(at);
    const look = path === '' ? { reason: 'no such file or directory' } : facts.files.look(path);
    if (look === undefined) return undefined;
    if ('reason' in look) {
      const call = look.reason === 'is a directory' ? 'read' : 'open';
      return { problem: { at, prints: `${call} ${path}: ${look.reason}` } };
    }
    pem.push(look.bytes.toString('latin1'));
  }
  const [certPem = '', keyPem = ''] = pem;
  // Most files have no certificate, and loading the module takes as long as linting them.
  const crypto = process.getBuiltinModule('node:crypto');
  const broken = (at: string, prints: string): Pair => ({
    problem: { at: `turn.${at}`, prints: `tls: ${prints}` },
  });
  if (!/-----BEGIN CERTIFICATE-----/.test(certPem)) {
    const switched = /-----BEGIN (\w+ )*PRIVATE KEY-----/.test(certPem);
    return broken(
      'cert_file',
      switched
        ? 'failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
        : 'failed to find any PEM data in certificate input',
    );
  }
  if (!/-----BEGIN (\w+ )*PRIVATE KEY-----/.test(keyPem)) {
    const certificate = /-----BEGIN CERTIFICATE-----/.test(keyPem);
    return broken(
      'key_file',
      certificate
        ? 'found a certificate rather than a key in the PEM for the private key'
        : 'failed to find any PEM data in key input',
    );
  }
  let certificate: X509Certificate;
  try {
    certificate = new crypto.X509Certificate(certPem);
  } catch {
    return broken('cert_file', 'failed to parse certificate');
  }
  try {
    return { certificate, key: crypto.createPrivateKey(keyPem) };
  } catch {
    return broken('key_file', 'failed to parse private key');
  }
}
