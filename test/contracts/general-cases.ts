import { type HttpCase, missing, ok, plain } from './http-case.ts';
import { joinToken } from './subject.ts';

const good = joinToken('room', 'ana');

/** Routing, and what precedes it. */
export const generalCases: HttpCase[] = [
  { name: 'the health check', path: '/', expected: plain(200, 'OK') },
  {
    name: 'the health check takes any method',
    path: '/',
    init: { method: 'POST' },
    expected: plain(200, 'OK'),
  },
  { name: 'an unknown path', path: '/nope', expected: missing },
  { name: 'a path below /rtc', path: '/rtc/', expected: missing },
  { name: '/rtc without an upgrade', path: `/rtc?access_token=${good}`, expected: { status: 404, body: '' } },
  { name: 'a double slash', path: `//rtc/validate?access_token=${good}`, expected: ok },
  {
    name: 'another scheme of authorization, anywhere',
    path: '/',
    init: { headers: { authorization: 'Basic eA==' } },
    expected: plain(401, 'invalid authorization header. Must start with Bearer '),
  },
  {
    name: 'a token that is none, anywhere',
    path: '/?access_token=x',
    expected: plain(401, 'invalid authorization token'),
  },
];
