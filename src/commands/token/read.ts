import type { Context } from '../../cli/context.ts';
import { optionalArgument } from '../../cli/parameters.ts';
import { failure } from '../../core/errors.ts';
import { rememberSecret } from '../../core/redact.ts';
import { type Decoded, decodeToken } from '../../sfu/verify.ts';

export const tokenArgument = optionalArgument(
  'TOKEN',
  'the token, or a URL that carries it; - or nothing: from stdin, or LIVEKIT_TOKEN',
);

/** The token that the command line, the environment or stdin holds. @throws Failure `token/malformed` */
export async function readToken(given: string | undefined, context: Context): Promise<Decoded> {
  const text = given === undefined || given === '-' ? await unnamed(given, context) : given;
  rememberSecret(text.trim());
  return decodeToken(text);
}

async function unnamed(given: string | undefined, context: Context): Promise<string> {
  const variable = context.env['LIVEKIT_TOKEN'];
  if (given === undefined && variable) return variable;
  if (given === undefined && context.host.stdin.isTTY) {
    throw failure('usage/invalid', {
      problem: 'there is no token to read',
      hint: 'name it, or pipe it in: bedrud token create … | bedrud token inspect -',
    });
  }
  return context.readStdin();
}
