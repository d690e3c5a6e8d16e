/** What serve listens with, and what it is sent. */
import type { Entry } from './entry.ts';

export const apiFailures = {
  'api/rate-limited': {
    exit: 3,
    http: 429,
    message: 'too many requests: {limit} in {window} seconds are allowed',
    hint: 'try again in {wait} seconds',
  },
  'webhook/no-subscription': {
    exit: 3,
    http: 404,
    message: 'there is no webhook {subscription}',
    hint: 'GET /api/admin/webhooks lists those there are',
  },
  'api/unauthenticated': {
    exit: 3,
    http: 401,
    message: '{reason}',
    hint: 'send an access token of this Bedrud server: Authorization: Bearer TOKEN',
  },
  'api/forbidden': { exit: 3, http: 403, message: '{reason}', hint: 'ask somebody who may' },
  'api/invalid': { exit: 3, http: 400, message: '{problem}', hint: '{hint}' },
  'api/not-found': { exit: 3, http: 404, message: 'there is nothing at {path}', hint: 'check the path' },
  'api/method-not-allowed': {
    exit: 3,
    http: 405,
    message: '{method} is not for this path',
    hint: 'use {allow}',
  },
  'api/timeout': {
    exit: 3,
    http: 408,
    message: 'the request did not arrive in time',
    hint: 'send it again, all of it',
  },
  'api/too-large': {
    exit: 3,
    http: 413,
    message: 'the body is larger than {limit} bytes',
    hint: 'send less',
  },
  'api/headers-too-large': {
    exit: 3,
    http: 431,
    message: 'the headers of the request are too large',
    hint: 'send fewer',
  },
  'api/unsupported-media-type': {
    exit: 3,
    http: 415,
    message: 'this path does not take bodies of that Content-Type',
    hint: 'send application/json; LiveKit webhooks are application/webhook+json',
  },
  'webhook/unauthenticated': {
    exit: 3,
    http: 401,
    message: 'the webhook is not signed with the key of this server',
    hint: 'give LiveKit webhook.api_key the livekit.apiKey of bedrud, and the same secret for it',
  },
  'webhook/rate-limited': {
    exit: 3,
    http: 429,
    message: 'too many deliveries from this address were not signed with the key of this server',
    hint: 'find out what sends them; LiveKit itself is let through as soon as its key is right',
  },
  'webhook/malformed': {
    exit: 3,
    http: 400,
    message: 'the webhook is signed, but it is no webhook event',
    hint: 'check what sends it',
  },
  'server/sfu-unreachable': {
    exit: 3,
    http: 502,
    message: 'LiveKit does not answer at the moment',
    hint: 'try again in some seconds',
  },
  'server/sfu-failed': {
    exit: 3,
    http: 502,
    message: 'LiveKit did not do this',
    hint: 'try again; the log of the server says why',
  },
  'server/sfu-timeout': {
    exit: 3,
    http: 504,
    message: 'LiveKit took too long to answer',
    hint: 'try again in some seconds',
  },
  'server/draining': {
    exit: 3,
    http: 503,
    message: 'this server is about to end',
    hint: 'try again in some seconds: it may be restarting',
  },
  'server/acme': {
    exit: 3,
    http: 500,
    message: 'server.useACME: bedrud serve does not fetch certificates for {domain} itself',
    hint: 'set server.certFile and keyFile to a certificate that certbot or lego renews, or let a proxy such as Caddy end TLS and set server.enableTLS: false and behindProxy: true (bedrud generate caddy)',
  },
  'server/port-in-use': {
    exit: 3,
    http: 500,
    message: 'port {port} of {host} is in use by {owner}',
    hint: 'stop what listens there, or set server.port',
  },
  'server/port-refused': {
    exit: 3,
    http: 500,
    message: 'port {port} of {host} cannot be listened on: {reason}',
    hint: '{hint}',
  },
  'server/certificate': {
    exit: 3,
    http: 500,
    message: 'TLS cannot start with {certFile} and {keyFile}: {reason}',
    hint: 'server.certFile wants the certificate with its chain, server.keyFile the key that belongs to it, both PEM',
  },
} as const satisfies Record<string, Entry>;
