import { defineCommand, findingFormats } from '../../cli/command.ts';
import { objections } from '../../sfu/verify.ts';
import { keyOptions, keysOf } from '../shared/connection.ts';
import { readToken, tokenArgument } from './read.ts';

export const verify = defineCommand({
  path: 'token verify',
  summary: 'say whether livekit-server would accept a token now, and why not',
  description: `Decides as livekit-server does, with its leeway of 60 s, and without asking one. Exit status 1: it would be refused.`,
  parameters: { token: tokenArgument, ...keyOptions },
  examples: [
    { run: 'pbpaste | bedrud token verify', does: 'a token that somebody could not join with' },
    { run: 'bedrud token verify - --format json < token', does: 'for a script' },
  ],
  formats: findingFormats,
  async run(input, context) {
    const token = await readToken(input.token, context);
    const keys = await keysOf(input, context);
    const found = objections(
      token,
      (apiKey) => (apiKey === keys.apiKey ? keys.apiSecret : undefined),
      context.host.now(),
    );
    const accepted = !found.some(({ fatal }) => fatal);
    const findings = found.map(({ id, fatal, message, hint }) => ({
      id,
      severity: fatal ? ('error' as const) : ('warning' as const),
      message,
      hint,
    }));
    return {
      data: { accepted, findings },
      findings,
      ...(accepted ? { text: 'accepted' } : {}),
    };
  },
});
