/** Tokens that download the recordings of one room: for links, which carry no Authorization header. */
import { failure } from '../../../core/errors.ts';
import { jwtVerifier, signJwt } from '../../../core/jwt.ts';

const purpose = 'recording-download';
/** In seconds. */
const lifetime = 300;

/** Nothing else takes such a token: it says what it is for. */
export function downloadTokens(jwtSecret: string) {
  const verify = jwtVerifier(jwtSecret, { tolerance: 0 });
  return {
    /** For the recordings of a room, five minutes from now. */
    sign(roomId: string): string {
      const iat = Math.floor(Date.now() / 1000);
      return signJwt({ purpose, room: roomId, iat, exp: iat + lifetime }, jwtSecret);
    },
    /** @throws Failure `api/unauthenticated` unless it is for the recordings of this room */
    require(token: string, roomId: string): void {
      const claims = verify(token);
      if (claims?.['purpose'] !== purpose || claims['room'] !== roomId) {
        throw failure('api/unauthenticated', { reason: 'the link is not valid, or no longer' });
      }
    },
  };
}
