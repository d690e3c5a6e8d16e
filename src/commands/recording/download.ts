import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { defineCommand } from '../../cli/command.ts';
import { argument, text } from '../../cli/parameters.ts';
import { Failure, failure, reasonOf, systemCode } from '../../core/errors.ts';
import { requireRecording, withRecordings } from './access.ts';

export const download = defineCommand({
  path: 'recording download',
  summary: 'copy the file of a recording here',
  description:
    'From where serve keeps it: the bucket, or recording.storageDir of this host. It is compared with the SHA-256 that was noted when it was kept, is there whole or not at all, and never replaces another.',
  parameters: {
    id: argument('ID', 'the recording'),
    out: text('--out <file>', 'what to write (default: its room and time, in this folder)'),
  },
  examples: [
    {
      run: 'bedrud recording download 5e0c1f8e-0b5a-4a83-9d3c-6f1f0a1b2c3d',
      does: 'to standup-2026-03-01T1030.mp4',
    },
    {
      run: 'bedrud recording download 5e0c1f8e-0b5a-4a83-9d3c-6f1f0a1b2c3d --out /srv/standup.mp4',
      does: 'to a file',
    },
  ],
  drains: true,
  async run({ id, out }, context) {
    return withRecordings(context, undefined, async (recorded) => {
      const recording = await requireRecording(recorded, id);
      const { fileNameOf } = await import('../../server/recording/file-name.ts');
      const file = resolve(context.cwd, out ?? fileNameOf(recording));
      const content = await recorded.service.open(recording);
      const partial = `${file}.partial`;
      const hash = createHash('sha256');
      const hashing = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          done(null, chunk);
        },
      });
      try {
        const { signal } = context;
        await pipeline(content, hashing, createWriteStream(partial, { flags: 'wx', mode: 0o600 }), {
          signal,
        });
        const sha256 = hash.digest('hex');
        if (sha256 !== recording.sha256) throw failure('recording/altered', { recording: id });
        // Unlike a rename, this never replaces what is there.
        await link(partial, file);
        return { data: { id, file, size: recording.fileSize, sha256 }, text: file };
      } catch (error) {
        const known = error instanceof Failure || context.signal.aborted || systemCode(error) === undefined;
        if (known) throw error;
        const hint = 'name a file that is not there yet, in a folder this user may write to';
        throw failure('output/unwritable', { file, reason: reasonOf(error), hint }, error);
      } finally {
        await rm(partial, { force: true });
      }
    });
  },
});
