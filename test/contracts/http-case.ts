import { atLeast } from '../../src/livekit/versions.ts';

export interface Expected {
  status: number;
  /** The whole body as text, or a JSON document that the body has to contain. */
  body?: string | RegExp | object;
  type?: string;
}

export interface HttpCase {
  name: string;
  path: string;
  init?: RequestInit;
  /** What every release answers, or what each answers, by the first release that does. */
  expected: Expected | Record<string, Expected>;
}

/** The expectation for a release: that of the newest entry not newer than it. */
export function expectedFor({ expected }: HttpCase, version: string): Expected {
  if ('status' in expected) return expected as Expected;
  const entries = Object.entries(expected as Record<string, Expected>);
  const fitting = entries.filter(([first]) => atLeast(version, first));
  return (fitting.at(-1) as [string, Expected])[1];
}

const text = 'text/plain; charset=utf-8';
export const json = 'application/json';
export const plain = (status: number, body: string | RegExp): Expected => ({ status, body, type: text });
export const refused = (status: number, code: string, msg: string | RegExp): Expected => ({
  status,
  body: { code, msg },
  type: json,
});
export const missing = plain(404, '404 page not found\n');
export const ok = plain(200, 'success');
export const noAccess = plain(401, 'no permissions to access the room');
