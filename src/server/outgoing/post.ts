/** One delivery: signed as the Bedrud server signs, to an address that is allowed. */
import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { reasonOf } from '../../core/errors.ts';
import type { AddressRule } from './addresses.ts';

export interface Post {
  id: string;
  url: string;
  secret: string;
  event: string;
  body: string;
}

/** What came of it. */
export interface Posted {
  /** Of the answer; null: there was none. */
  status: number | null;
  /** Null: it was taken. */
  error: string | null;
  /** Another try would end the same. */
  final: boolean;
  /** In milliseconds. */
  took: number;
}

/** From the connection to the answer, in milliseconds. */
const patience = 10_000;

class Refused extends Error {}

/** Never throws: what went wrong is the result. */
export async function post(delivery: Post, allows: AddressRule, signal?: AbortSignal): Promise<Posted> {
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  try {
    const status = await send(delivery, allows, signal);
    const taken = status >= 200 && status < 300;
    // Gone is gone; anything else may be a bad moment.
    return { status, error: taken ? null : `answered ${status}`, final: status === 410, took: took() };
  } catch (error) {
    return { status: null, error: reasonOf(error), final: error instanceof Refused, took: took() };
  }
}

async function send(delivery: Post, allows: AddressRule, signal?: AbortSignal): Promise<number> {
  const url = new URL(delivery.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !allows(host)) throw refusal(host);
  const timeout = AbortSignal.timeout(patience);
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise<number>((resolve, reject) => {
    const request: ClientRequest = start(url, {
      method: 'POST',
      headers: headersOf(delivery),
      // Judged where the connection is made, so that no second look-up says something else. Nobody is followed elsewhere.
      lookup: judged(allows),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      agent: false,
    });
    request.once('error', (error) => {
      reject(timeout.aborted ? new Error(`no answer within ${patience / 1000} s`) : error);
    });
    request.once('response', (response) => {
      // What it says besides is nobody's business here.
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.end(delivery.body);
  });
}

function headersOf({ id, secret, event, body }: Post): Record<string, string | number> {
  const { timestamp } = JSON.parse(body) as { timestamp: string };
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'bedrud',
    'x-bedrud-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    'x-bedrud-event': event,
    'x-bedrud-timestamp': timestamp,
    'x-bedrud-delivery': id,
  };
}

function judged(allows: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const good = addresses.filter(({ address }) => allows(address));
      const [first] = good;
      if (!first) return callback(refusal(addresses[0]?.address ?? hostname), '', 0);
      if (options.all) callback(null, good);
      else callback(null, first.address, first.family);
    });
  };
}

function refusal(address: string): Refused {
  return new Refused(`${address} is not a public address, and not in BEDRUD_WEBHOOK_NETWORKS`);
}
