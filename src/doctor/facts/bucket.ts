/** The bucket that recordings go to, asked from here: Bedrud fetches them from there. */

import { reasonOf } from '../../core/errors.ts';
import type { Document } from '../document.ts';
import { askBucketWithKeys, type BucketAnswer } from '../probes/bucket.ts';
import { type FactSource, Missing } from './gather.ts';
import { stepMs } from './sfu.ts';

export interface Bucket {
  /** Where it is, as messages call it: its endpoint, or the region of AWS. */
  at: string;
  bucket: string;
  answer: BucketAnswer;
}

export async function askBucket(source: FactSource, signal: AbortSignal): Promise<Bucket> {
  const egress = await source.fact('egress');
  const option = (name: string) => egress.string('storage', 's3', name);
  const [bucket, endpoint, region] = [option('bucket'), option('endpoint'), option('region')];
  const [accessKey, secretKey] = [option('access_key'), option('secret')];
  const hasKeys = accessKey !== undefined && secretKey !== undefined;
  if (bucket === undefined || (endpoint === undefined && !hasKeys))
    throw new Missing('no bucket is configured with an endpoint or keys of its own');
  const at = endpoint ?? `AWS ${region ?? 'us-east-1'}`;
  const base = endpoint === undefined ? undefined : urlOf(endpoint);
  if (endpoint !== undefined && base === undefined) {
    return { at, bucket, answer: { ok: false, step: 'put', problem: 'the endpoint is no URL' } };
  }
  if (base) await requireReachableHost(source, new URL(base).hostname);
  if (base !== undefined && !hasKeys) return { at, bucket, answer: await lookForBucket(base, bucket) };
  const target = {
    bucket,
    endpoint: base,
    region,
    accessKey: accessKey ?? '',
    secretKey: secretKey ?? '',
    sessionToken: option('session_token'),
    forcePathStyle: pathStyle(egress),
    prefix: prefixOf(egress),
    timeoutMs: stepMs,
  };
  return { at, bucket, answer: await askBucketWithKeys(target, signal) };
}

function urlOf(endpoint: string): string | undefined {
  const base = /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`;
  return URL.canParse(base) ? base : undefined;
}

function pathStyle(egress: Document): boolean {
  return egress.boolean('storage', 's3', 'force_path_style') ?? false;
}

function prefixOf(egress: Document): string {
  const prefix = egress.string('storage', 'prefix')?.replace(/^\/|\/$/g, '') ?? '';
  return prefix === '' ? '' : `${prefix}/`;
}

/** @throws Missing for a name that only compose's own network knows */
async function requireReachableHost(source: FactSource, hostname: string): Promise<void> {
  if (!source.question.compose) return;
  const { services } = await source.fact('compose');
  if (services.some(({ name }) => name === hostname)) {
    throw new Missing(`${hostname} is a service of the compose file, whose network is not this host's`);
  }
}

/** Without keys: a storage that is there refuses (403), one without this bucket says so (404). */
async function lookForBucket(base: string, bucket: string): Promise<BucketAnswer> {
  const failed = (problem: string, code?: string): BucketAnswer => ({
    ok: false,
    step: 'get',
    problem,
    ...(code ? { code } : {}),
  });
  try {
    const { status } = await fetch(new URL(bucket, `${base.replace(/\/$/, '')}/`), {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(stepMs),
    });
    if (status === 404) return failed('it knows no such bucket', 'NoSuchBucket');
    return status < 500 ? { ok: true } : failed(`it answers ${status}`, 'InternalError');
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return failed(timedOut ? `no answer within ${stepMs / 1000} s` : reasonOf(cause));
  }
}
