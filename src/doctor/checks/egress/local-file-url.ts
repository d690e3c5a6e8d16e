import { defineCheck } from '../../check.ts';

const stores = ['s3', 'gcp', 'azure', 'alioss'];

export const egressLocalFileUrl = defineCheck({
  id: 'egress/local-file-url',
  title: 'Recordings go where Bedrud can fetch them',
  area: 'recording',
  severity: 'warning',
  why: 'Without storage egress writes into its own container, and the recording has a path for a URL that nobody can open.',
  fix: "add storage: with s3: (access_key, secret, endpoint, bucket) to egress's own file; in LiveKit's file it would end livekit-server",
  needs: ['egress'],
  run({ egress }) {
    if (stores.some((store) => egress.has('storage', store) || egress.has(store))) return [];
    return [
      {
        message: `${egress.file} names no storage: recordings stay inside the egress container`,
        ...egress.place('storage'),
      },
    ];
  },
});
