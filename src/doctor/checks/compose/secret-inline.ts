import { defineCheck } from '../../check.ts';

export const composeSecretInline = defineCheck({
  id: 'compose/secret-inline',
  title: 'No secret is written into the compose file',
  area: 'start',
  severity: 'info',
  why: 'Compose files get committed, copied and pasted, and `docker inspect` shows the environment to everybody in the docker group.',
  fix: 'take it from an .env file with mode 600, or mount a key file',
  needs: ['compose'],
  run: ({ compose }) =>
    compose.services.flatMap(({ name, environment, placeOf }) =>
      [...environment]
        .filter(([variable, value]) => value !== undefined && isSecret(variable, value))
        .map(([variable]) => ({
          message: `service ${name}: ${variable} holds a secret in plain text`,
          ...placeOf(variable),
        })),
    ),
});

function isSecret(variable: string, value: string): boolean {
  if (value === '' || /^\$\{?\w/.test(value)) return false;
  if (['LIVEKIT_KEYS', 'LIVEKIT_API_SECRET'].includes(variable)) return true;
  // A whole configuration: its keys section counts unless it takes them from elsewhere.
  return (
    /(^|_)CONFIG(_BODY)?$/.test(variable) && /^\s*(keys|api_secret):/m.test(value) && !/\$\{?\w/.test(value)
  );
}
