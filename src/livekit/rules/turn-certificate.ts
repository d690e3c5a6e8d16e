/** The rules on TURN's certificate and key. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Facts } from '../facts.ts';
import { docs, type Rule } from './rule.ts';
import { turnTls } from './turn.ts';

const day = 86_400_000;
const soon = 21 * day;

interface Pair {
  certificate?: X509Certificate;
  key?: KeyObject;
  /** Why it doesn't load, as Go's tls.LoadX509KeyPair says it. */
  problem?: { at: string; prints: string };
}

/** The certificate and key that TURN would load; undefined where it loads none, or there is no telling here. */
function pairOf(facts: Facts): Pair | undefined {
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

export const turnCertUnusable: Rule = {
  id: 'turn/cert-unusable',
  title: 'TURN’s certificate and key load',
  severity: 'error',
  why: 'with turn.tls_port and no external_tls the server says "TURN tls cert required: …" and ends when one of them can’t be loaded',
  fix: 'set turn.cert_file and turn.key_file to PEM files that the server’s user can read, or external_tls: true where a proxy ends TLS',
  docs: docs.ports,
  *run(facts) {
    const problem = pairOf(facts)?.problem;
    if (problem === undefined) return;
    yield {
      at: facts.has(problem.at) ? problem.at : 'turn.tls_port',
      message:
        facts.string(problem.at) === ''
          ? `${problem.at} is not set`
          : `${problem.at} can't be used: ${problem.prints}`,
      stops: { stage: 'turn', prints: `TURN tls cert required: ${problem.prints}` },
    };
  },
};

export const turnKeyMismatch: Rule = {
  id: 'tls/key-mismatch',
  title: 'TURN’s key belongs to its certificate',
  severity: 'error',
  why: 'the server says "private key does not match public key" and ends',
  fix: 'name the key that the certificate was issued for',
  docs: docs.ports,
  *run(facts) {
    const { certificate, key } = pairOf(facts) ?? {};
    if (certificate === undefined || key === undefined || certificate.checkPrivateKey(key)) return;
    const sameType = certificate.publicKey.asymmetricKeyType === key.asymmetricKeyType;
    const what = sameType
      ? 'private key does not match public key'
      : 'private key type does not match public key type';
    yield {
      at: 'turn.key_file',
      message: 'turn.key_file is not the key of turn.cert_file',
      stops: { stage: 'turn', prints: `TURN tls cert required: tls: ${what}` },
    };
  },
};

export const turnCertName: Rule = {
  id: 'turn/cert-name',
  title: 'TURN’s certificate is for its domain',
  severity: 'warning',
  why: 'the server doesn’t look, and every client refuses the connection',
  fix: 'have a certificate made for turn.domain, or set turn.domain to a name that it is for',
  docs: docs.ports,
  *run(facts) {
    const { certificate } = pairOf(facts) ?? {};
    const domain = facts.string('turn.domain').replace(/\.$/, '');
    if (certificate === undefined || domain === '' || certificate.checkHost(domain) !== undefined) return;
    const names = certificate.subjectAltName ?? certificate.subject;
    yield {
      at: 'turn.domain',
      message: `turn.cert_file is not for ${domain} but for ${names.replaceAll('\n', ', ')}`,
    };
  },
};

export const turnCertExpiring: Rule = {
  id: 'tls/expiring',
  title: 'TURN’s certificate is valid for three weeks more',
  severity: 'warning',
  why: 'the server loads an expired certificate, and reads the file once, at start; clients refuse it',
  fix: 'renew it and restart the server',
  docs: docs.ports,
  *run(facts) {
    const { certificate } = pairOf(facts) ?? {};
    if (certificate === undefined) return;
    const left = Date.parse(certificate.validTo) - facts.now.getTime();
    if (left < 0) {
      yield {
        at: 'turn.cert_file',
        severity: 'error',
        message: `turn.cert_file expired on ${certificate.validTo}`,
      };
    } else if (left < soon) {
      yield {
        at: 'turn.cert_file',
        message: `turn.cert_file expires in ${Math.floor(left / day)} days, on ${certificate.validTo}`,
      };
    }
  },
};
