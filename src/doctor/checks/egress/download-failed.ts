import { defineCheck, type Observation } from '../../check.ts';

export const egressDownloadFailed = defineCheck({
  id: 'egress/download-failed',
  title: 'Recordings can be kept, fetched and removed',
  area: 'recording',
  severity: 'error',
  why: 'Egress puts each recording into the bucket and Bedrud fetches it from there: where either fails, so does process_recording.',
  fix: 'let this host reach the endpoint, or set the endpoint to an address that egress and Bedrud both reach',
  needs: ['bucket'],
  run({ bucket: { at, bucket, answer } }): Observation[] {
    if (answer.ok) return [];
    const { step, code, problem } = answer;
    if (code === undefined) return [{ message: `the storage at ${at} cannot be reached: ${problem}` }];
    if (code === 'NoSuchBucket') {
      const hint = 'create the bucket, or correct storage.s3.bucket';
      return [{ message: `the storage at ${at} has no bucket ${bucket}`, hint }];
    }
    const asked = { put: 'to take an object', get: 'to give an object back', delete: 'to delete an object' }[
      step
    ];
    return [
      {
        // Recordings are kept all the same, longer than they should be.
        ...(step === 'delete' ? { severity: 'warning' } : {}),
        message: `the bucket ${bucket} at ${at} refuses ${asked}: ${problem}`,
        hint: hints[code] ?? 'look at the log of the storage',
      },
    ];
  },
});

const wrongKeys = 'correct storage.s3.access_key and secret: the storage knows no such pair';
const hints: Record<string, string | undefined> = {
  AccessDenied: 'allow the key s3:PutObject, s3:GetObject and s3:DeleteObject on everything in the bucket',
  InvalidAccessKeyId: wrongKeys,
  SignatureDoesNotMatch: wrongKeys,
  AuthorizationHeaderMalformed: "set storage.s3.region to the bucket's",
  PermanentRedirect: "set storage.s3.region to the bucket's",
  RequestTimeTooSkewed: 'synchronise the clocks of this host and of the storage',
};
