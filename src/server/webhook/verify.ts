/** Is a delivery from our LiveKit, and what does it say? */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { WebhookEvent, WebhookReceiver } from 'livekit-server-sdk';
import { failure } from '../../core/errors.ts';
import { jwtVerifier } from '../../core/jwt.ts';
import { isPlausible } from './plausible.ts';

/** Seconds by which clocks may differ. */
const tolerance = 10;

export interface Verifier {
  /**
   * Looks at the signature before there is a body.
   * @returns the hash that the body must have
   * @throws Failure `webhook/unauthenticated`
   */
  signedHash(authorization: string | undefined): string;
  /**
   * Reads the body as protobuf JSON. Fields and enum values that only newer servers know are left out.
   * @throws Failure `webhook/unauthenticated` when it hasn't the hash that was signed, `webhook/malformed`
   */
  read(body: Buffer, signedHash: string): Promise<WebhookEvent>;
}

export function verifier(apiKey: string, apiSecret: string): Verifier {
  const verify = jwtVerifier(apiSecret, { tolerance, issuer: apiKey });
  let loaded: Promise<WebhookReceiver> | undefined;
  // The SDK is loaded with the first webhook: it is large, and a server may wait long for one.
  const sdk = () => {
    loaded ??= import('livekit-server-sdk').then(
      ({ WebhookReceiver }) => new WebhookReceiver(apiKey, apiSecret),
    );
    return loaded;
  };
  return {
    signedHash(authorization) {
      // A token for something else, a participant's for one, is signed with the same key and has no hash.
      const sha256 = verify(authorization ?? '')?.['sha256'];
      if (typeof sha256 !== 'string') throw failure('webhook/unauthenticated', {});
      return sha256;
    },
    async read(body, signedHash) {
      // Of the bytes as they came: what was decoded and encoded anew may be others.
      if (createHash('sha256').update(body).digest('base64') !== signedHash) {
        throw failure('webhook/unauthenticated', {});
      }
      const receiver = await sdk();
      try {
        if (!isUtf8(body)) throw new Error('it is not UTF-8');
        const event = await receiver.receive(body.toString(), undefined, true);
        if (!isPlausible(event)) throw new Error('LiveKit would not say that');
        return event;
      } catch (error) {
        throw failure('webhook/malformed', {}, error);
      }
    },
  };
}
