/** One bounded question to an SFU of our own, without what fetch would load for it. */
import { get } from 'node:http';
import { redact } from '../core/redact.ts';

export interface Answer {
  /** Undefined: there was no answer. */
  status?: number;
  /** `GET /rtc/validate: 401 invalid token`, or why there is none. */
  text: string;
}

/** @param url on loopback. @param timeoutMs how long the SFU may be silent */
export function ask(url: string, signal: AbortSignal, timeoutMs: number): Promise<Answer> {
  const what = `GET ${new URL(url).pathname}`;
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve({ text: `${what}: ${error.message}` });
    const request = get(url, { agent: false, signal, timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < 500) body += chunk;
      });
      response.on('end', () => {
        const { statusCode: status = 0 } = response;
        resolve({ status, text: `${what}: ${status} ${redact(body.trim().slice(0, 500))}` });
      });
      response.on('error', failed);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', failed);
  });
}
