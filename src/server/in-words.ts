/** What a request has that its route's schema does not allow, in words that say what to change. */
import type { FastifySchemaValidationError } from 'fastify';
import { roomName } from './routes/room.ts';

/** A body can be wrong in thousands of places; whoever mends these looks again. */
const mostNamed = 5;

/** @param part of the request: `body`, `params`, `querystring` */
export function inWords(errors: readonly FastifySchemaValidationError[], part: string): Error {
  const named = errors.slice(0, mostNamed).map((error) => inWordsOf(error, part));
  const more = errors.length - named.length;
  return new Error([...new Set(named), ...(more > 0 ? [`and ${more} more`] : [])].join(', '));
}

function inWordsOf({ keyword, instancePath, params, message }: FastifySchemaValidationError, part: string) {
  const where = `${part}${instancePath}`;
  if (where === 'body' && keyword === 'type') return 'the body must be a JSON object';
  switch (keyword) {
    case 'additionalProperties':
      return `${where} has ${JSON.stringify(params['additionalProperty'])}, which is not known here`;
    case 'enum':
      return `${where} ${message}: ${(params['allowedValues'] as unknown[]).join(', ')}`;
    case 'pattern':
      if (params['pattern'] === roomName.schema.pattern) {
        return `${where} must be the name of a room: letters, digits and single hyphens`;
      }
      break;
    default:
  }
  return `${where} ${message}`;
}
