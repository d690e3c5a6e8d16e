import type { Facts } from '../../facts.ts';
import { docs, type Problem, type Rule } from '../rule.ts';
import { loadPair, mismatchOf } from '../tls/pair.ts';
import { redisAddresses } from './addresses.ts';

export const redisTls: Rule = {
  id: 'redis/tls-files',
  title: 'The files for TLS to Redis load',
  severity: 'error',
  why: 'the server ends when it can’t load a file under redis.tls',
  fix: 'correct the path, as the server’s process (or container) sees it',
  docs: docs.distributed,
  *run(facts) {
    if (!facts.flag('redis.tls.enabled') || redisAddresses(facts).length === 0) return;
    yield* clientPair(facts);
    yield* authority(facts);
  },
};

/** A key without a certificate is passed over. */
function* clientPair(facts: Facts): Iterable<Problem> {
  const certFile = facts.string('redis.tls.client_cert_file');
  if (certFile === '') return;
  const pair = loadPair(facts.files, certFile, facts.string('redis.tls.client_key_file'));
  const prints = pair && (pair.problem?.prints ?? mismatchOf(pair));
  if (prints === undefined) return;
  const isCertificate = pair?.problem?.of === 'certificate' || !facts.has('redis.tls.client_key_file');
  yield {
    at: isCertificate ? 'redis.tls.client_cert_file' : 'redis.tls.client_key_file',
    message: `the certificate and key for Redis don't load: ${prints}`,
    stops: { stage: 'redis', prints: `could not load client key pair: ${prints}` },
  };
}

function* authority(facts: Facts): Iterable<Problem> {
  const at = 'redis.tls.ca_cert_file';
  const path = facts.string(at);
  const look = path === '' ? undefined : facts.files.look(path);
  if (look === undefined) return;
  if ('reason' in look) {
    const call = look.reason === 'is a directory' ? 'read' : 'open';
    const prints = `could not read ca certificate: ${call} ${path}: ${look.reason}`;
    yield { at, message: `${at} ${path}: ${look.reason}`, stops: { stage: 'redis', prints } };
  } else if (!look.bytes.includes('-----BEGIN CERTIFICATE-----')) {
    const prints = 'failed to load CACertificate';
    yield { at, message: `${at} ${path} holds no certificate`, stops: { stage: 'redis', prints } };
  }
}
