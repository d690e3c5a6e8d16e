import { defineCheck, type Observation } from '../../check.ts';
import { variablesOf } from '../../facts/compose.ts';
import { escapeVariables } from '../../mends/escape-variables.ts';

export const composeUnescapedVariable = defineCheck({
  id: 'compose/unescaped-variable',
  title: "Variables of the container are not taken from the host's shell",
  area: 'start',
  severity: 'error',
  why: 'Compose replaces $NAME with what the host has, usually nothing, before the container ever sees it.',
  fix: 'write $$ for a variable that is to be expanded inside the container: $$LIVEKIT_CONFIG',
  needs: ['compose'],
  run: ({ compose }) =>
    compose.services.flatMap((service) => {
      const { name, command, entrypoint = [] } = service;
      const own = variablesOf(service);
      const lines: [string, readonly string[]][] = [
        ['command', command],
        ['entrypoint', entrypoint],
      ];
      return lines.flatMap(([key, words]) =>
        own
          .filter((variable) => words.some((word) => new RegExp(`(?<!\\$)\\$\\{?${variable}\\b`).test(word)))
          .slice(0, 1)
          .map(
            (variable): Observation => ({
              message: `service ${name}: $${variable} in ${key} is expanded by compose on the host, not in the container`,
              hint: `write $$${variable}`,
              ...compose.document.place('services', name, key),
            }),
          ),
      );
    }),
  mend: escapeVariables,
});
