import { defineCheck, type Observation } from '../../check.ts';

export const egressDownloadFailed = defineCheck({
  id: 'egress/download-failed',
  title: 'The storage of recordings can be reached from here',
  area: 'recording',
  severity: 'error',
  why: 'Bedrud fetches each recording from its URL once it is done; where this host has no way there, process_recording fails.',
  fix: 'let this host reach the endpoint, or set the endpoint to an address that egress and Bedrud both reach',
  needs: ['bucket'],
  run({ bucket: { endpoint, bucket, answer } }): Observation[] {
    if ('problem' in answer)
      return [{ message: `the storage at ${endpoint} cannot be reached: ${answer.problem}` }];
    if (answer.status === 404) {
      return [
        {
          message: `the storage at ${endpoint} has no bucket ${bucket}`,
          hint: 'create the bucket, or correct storage.s3.bucket',
        },
      ];
    }
    if (answer.status < 500) return [];
    return [{ message: `the storage at ${endpoint} answers ${answer.status}`, hint: 'look at its log' }];
  },
});
