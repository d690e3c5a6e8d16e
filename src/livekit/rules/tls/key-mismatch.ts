import { docs, type Rule } from '../rule.ts';
import { pairOf } from '../turn/certificate.ts';

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
