import { defineMend } from './mend.ts';

/** livekit-server takes no key file that others may read. */
export const closeKeyFile = defineMend({
  needs: ['livekit'],
  edits: ({ livekit }) => {
    const file = livekit.document.string('key_file');
    return file === undefined ? [] : [{ kind: 'close', file }];
  },
});

/** Nor the secrets of other TURN servers. */
export const closeTurnSecrets = defineMend({
  needs: ['livekit'],
  edits: ({ livekit: { document } }) =>
    Array.from({ length: document.length('rtc', 'turn_servers') }, (_, i) =>
      document.string('rtc', 'turn_servers', i, 'secret_file'),
    ).flatMap((file) => (file === undefined ? [] : [{ kind: 'close', file }])),
});
