/** The bucket that recordings go to, asked from here: Bedrud fetches them from there. */

import { reasonOf } from '../../core/errors.ts';
import { type FactSource, Missing } from './gather.ts';
import { stepMs } from './sfu.ts';

export interface Bucket {
  endpoint: string;
  bucket: string;
  answer: { status: number } | { problem: string };
}

/** Without credentials: a storage that is there refuses (403), one without this bucket says so (404). */
export async function askBucket(source: FactSource): Promise<Bucket> {
  const egress = await source.fact('egress');
  const endpoint = egress.string('storage', 's3', 'endpoint');
  const bucket = egress.string('storage', 's3', 'bucket');
  if (endpoint === undefined || bucket === undefined)
    throw new Missing('no bucket with an endpoint of its own is configured');
  const base = /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`;
  if (!URL.canParse(base)) return { endpoint, bucket, answer: { problem: 'the endpoint is no URL' } };
  if (source.question.compose) {
    const { services } = await source.fact('compose');
    const { hostname } = new URL(base);
    if (services.some(({ name }) => name === hostname)) {
      throw new Missing(`${hostname} is a service of the compose file, whose network is not this host's`);
    }
  }
  try {
    const response = await fetch(new URL(bucket, `${base.replace(/\/$/, '')}/`), {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(stepMs),
    });
    return { endpoint, bucket, answer: { status: response.status } };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return {
      endpoint,
      bucket,
      answer: { problem: timedOut ? `no answer within ${stepMs / 1000} s` : reasonOf(cause) },
    };
  }
}
