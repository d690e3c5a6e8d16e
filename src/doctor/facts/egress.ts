/** The egress service's own file. */
import { rememberSecret } from '../../core/redact.ts';
import { Document } from '../document.ts';
import { type FactSource, Missing } from './gather.ts';

export function readEgress({ question: { egress } }: FactSource): Document {
  if (egress === undefined) {
    throw new Missing("egress's own configuration was not given (--egress-config FILE)");
  }
  const document = new Document(egress.text, egress.file);
  rememberSecret(document.string('api_secret'));
  rememberSecret(document.string('redis', 'password'));
  for (const store of ['s3', 'azure', 'gcp', 'alioss']) {
    for (const path of [[store], ['storage', store]]) {
      for (const name of ['secret', 'secret_key', 'session_token', 'account_key', 'credentials_json']) {
        rememberSecret(document.string(...path, name));
      }
    }
  }
  return document;
}
