/** Is a delivery from our LiveKit, and what does it say? */
import { createHash } from 'node:crypto';
import type { TokenVerifier, WebhookEvent, WebhookReceiver } from 'livekit-server-sdk';
import { failure } from '../../core/errors.ts';

export interface Verifier {
  /**
   * Looks at the signature before there is a body.
   * @returns the hash that the body must have
   * @throws Failure `webhook/unauthenticated`
   */
  signedHash(authorization: string | undefined): Promise<string>;
  /**
   * Reads the body as protobuf JSON. Fields and enum values that only newer servers know are left out.
   * @throws Failure `webhook/unauthenticated` when it hasn't the hash that was signed, `webhook/malformed`
   */
  read(body: Buffer, signedHash: string): Promise<WebhookEvent>;
}

export function verifier(apiKey: string, apiSecret: string): Verifier {
  let loaded: Promise<{ tokens: TokenVerifier; receiver: WebhookReceiver }> | undefined;
  // The SDK is loaded with the first webhook: it is large, and a server may wait long for one.
  const sdk = () => {
    loaded ??= import('livekit-server-sdk').then(({ TokenVerifier, WebhookReceiver }) => ({
      tokens: new TokenVerifier(apiKey, apiSecret),
      receiver: new WebhookReceiver(apiKey, apiSecret),
    }));
    return loaded;
  };
  return {
    async signedHash(authorization) {
      if (!authorization) throw failure('webhook/unauthenticated', {});
      const { tokens } = await sdk();
      const { sha256 } = await tokens.verify(authorization).catch((error: unknown) => {
        throw failure('webhook/unauthenticated', {}, error);
      });
      // A token for something else, a participant's for one, is signed with the same key.
      if (typeof sha256 !== 'string') throw failure('webhook/unauthenticated', {});
      return sha256;
    },
    async read(body, signedHash) {
      // Of the bytes as they came: what was decoded and encoded anew may be others.
      if (createHash('sha256').update(body).digest('base64') !== signedHash) {
        throw failure('webhook/unauthenticated', {});
      }
      const { receiver } = await sdk();
      try {
        const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
        return await receiver.receive(text, undefined, true);
      } catch (error) {
        throw failure('webhook/malformed', {}, error);
      }
    },
  };
}
