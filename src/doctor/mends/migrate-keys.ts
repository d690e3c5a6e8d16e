import { migrateLiveKit } from '../../livekit/migrate/index.ts';
import { defineMend } from './mend.ts';

/** Steps of a migration that lose what somebody wanted: a person has to agree to each. */
const losing = new Set(['livekit/too-new-key', 'node-ip/one-address']);

/** Renames, moves and removes the keys that the release does not take. */
export const migrateKeys = defineMend({
  needs: ['livekitText', 'version'],
  edits({ livekitText: { file, inCompose }, version: { version, from } }) {
    // Of a rendered text there is no file; and what release reads it must be known.
    if (file === undefined || inCompose || from === 'assumed') return [];
    const change = (text: string) => {
      const migrated = migrateLiveKit(text, { to: version });
      return migrated.findings.some(({ id }) => losing.has(id)) ? text : migrated.text;
    };
    return [{ kind: 'rewrite', file, change }];
  },
});
