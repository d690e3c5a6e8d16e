import { docs, type Rule } from '../rule.ts';
import { pairOf } from '../turn/certificate.ts';
import { mismatchOf } from './pair.ts';

export const turnKeyMismatch: Rule = {
  id: 'tls/key-mismatch',
  title: 'TURN’s key belongs to its certificate',
  severity: 'error',
  why: 'the server says "private key does not match public key" and ends',
  fix: 'name the key that the certificate was issued for',
  docs: docs.ports,
  *run(facts) {
    const prints = mismatchOf(pairOf(facts) ?? {});
    if (prints === undefined) return;
    yield {
      at: 'turn.key_file',
      message: 'turn.key_file is not the key of turn.cert_file',
      stops: { stage: 'turn', prints: `TURN tls cert required: ${prints}` },
    };
  },
};
