import { defineCheck, type Observation } from '../../check.ts';

export const keysMismatch = defineCheck({
  id: 'keys/mismatch',
  title: 'Bedrud and LiveKit have the same key and secret',
  area: 'configuration',
  severity: 'error',
  why: 'LiveKit answers 401 to every token that Bedrud signs: nobody can join, and no room can be controlled.',
  fix: "make livekit.apiKey and livekit.apiSecret one of the pairs under keys: in LiveKit's file",
  needs: ['config', 'livekit'],
  run({ config, livekit }): Observation[] {
    const { apiKey, apiSecret } = config.config.livekit;
    const { document, name, rendered } = livekit;
    const keys = document.keys('keys');
    if (rendered || keys.length === 0 || apiKey === undefined) return [];
    if (!keys.includes(apiKey)) {
      return [
        {
          message: `livekit.apiKey is ${apiKey} (${originOf(config, 'livekit.apiKey')}), and ${name} has only ${keys.join(', ')}`,
          ...document.place('keys'),
        },
      ];
    }
    if (apiSecret === undefined || document.string('keys', apiKey) === apiSecret) return [];
    return [
      {
        message: `the secret of ${apiKey} is another one in ${name} than in livekit.apiSecret (${originOf(config, 'livekit.apiSecret')})`,
        hint: 'copy one to the other, and restart whichever was changed',
        ...document.place('keys', apiKey),
      },
    ];
  },
});

/** The recorder joins with its own pair. */
export const egressKeysMismatch = defineCheck({
  ...keysMismatch,
  needs: ['egress', 'config'],
  run({ egress, config }): Observation[] {
    const { apiKey, apiSecret } = config.config.livekit;
    const [key, secret] = [egress.string('api_key'), egress.string('api_secret')];
    if (apiKey === undefined || key === undefined) return [];
    if (key !== apiKey) {
      return [
        {
          severity: 'warning',
          message: `egress signs with the key ${key} and Bedrud with ${apiKey}`,
          hint: "check that LiveKit's keys has both",
          ...egress.place('api_key'),
        },
      ];
    }
    if (secret === undefined || apiSecret === undefined || secret === apiSecret) return [];
    return [
      {
        message: `egress has another secret for ${key} than Bedrud`,
        hint: 'copy one to the other',
        ...egress.place('api_secret'),
      },
    ];
  },
});

function originOf(
  config: { originOf(path: string): { kind: string; detail?: string } },
  path: string,
): string {
  const { kind, detail } = config.originOf(path);
  return detail ?? kind;
}
