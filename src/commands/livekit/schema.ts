import { defineCommand } from '../../cli/command.ts';
import { text } from '../../cli/parameters.ts';
import { failure } from '../../core/errors.ts';
import { parseVersion, pinnedVersion } from '../../livekit/versions.ts';

export const schema = defineCommand({
  path: 'livekit schema',
  summary: 'print a JSON Schema of the keys that a livekit-server version takes, for editors',
  description: `Made from the same table as lint. Point the editor's YAML support at the file, and it completes keys and marks those that the version refuses.`,
  parameters: { for: text('--for <version>', `the livekit-server version (default: ${pinnedVersion})`) },
  examples: [{ run: 'bedrud livekit schema --for 1.9.12 > livekit.schema.json', does: 'for the editor' }],
  async run(input) {
    const version = parseVersion(input.for ?? pinnedVersion);
    if (version === undefined) {
      const problem = `--for ${input.for} is no version`;
      throw failure('usage/invalid', { problem, hint: `write one such as ${pinnedVersion}` });
    }
    const { liveKitSchema } = await import('../../livekit/json-schema.ts');
    const data = liveKitSchema(version);
    return { data, text: JSON.stringify(data, null, 2) };
  },
});
