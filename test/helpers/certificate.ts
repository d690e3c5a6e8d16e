import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A self-signed certificate for `name` and 127.0.0.1, made by openssl, which the suite must say that it needs.
 * Each call makes another key.
 */
export function makeCertificate(name = 'meet.example.com', days = 2): { certFile: string; keyFile: string } {
  const folder = mkdtempSync(join(tmpdir(), 'bedrud-certificate-'));
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
  execFileSync('openssl', ['req', '-x509', ...key, ...names, '-days', String(days), '-out', certFile], {
    stdio: 'ignore',
  });
  return { certFile, keyFile };
}
