import { defineCheck } from '../../check.ts';
import { defineMend } from '../../mends/mend.ts';

export const configFileMode = defineCheck({
  id: 'config/file-mode',
  title: 'Files with secrets are closed to other users of this host',
  area: 'configuration',
  severity: 'warning',
  why: 'Whoever reads auth.jwtSecret can be anyone, and with livekit.apiSecret makes tokens for any room; the database holds who met whom.',
  fix: 'chmod 600 FILE, or 640 with the group of the server',
  needs: ['secretFiles'],
  run: ({ secretFiles }) =>
    secretFiles
      .filter(({ open }) => open)
      .map(({ file, holds, mode }) => ({
        file,
        message: `${file} has mode ${mode.toString(8)}: every user of this host has access to ${holds}`,
        hint: `chmod 600 ${file}, or 640 with the group of the server`,
      })),
  mend: defineMend({
    needs: ['secretFiles'],
    edits: ({ secretFiles }) =>
      secretFiles.filter(({ open }) => open).map(({ file }) => ({ kind: 'close', file })),
  }),
});
