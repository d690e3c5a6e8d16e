import { defineCheck } from '../../check.ts';

export const tlsKeyMismatch = defineCheck({
  id: 'tls/key-mismatch',
  title: "The server's key belongs to its certificate",
  area: 'configuration',
  severity: 'error',
  why: 'Neither the server nor TURN can start TLS with a key of another certificate.',
  fix: 'name the key that the certificate was made for: server.keyFile',
  needs: ['certificate'],
  run: ({ certificate: { certFile, keyFile, certificate } }) =>
    certificate?.ownKey === false ? [{ message: `${keyFile} is not the key of ${certFile}` }] : [],
});
