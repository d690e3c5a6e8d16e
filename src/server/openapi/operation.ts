/** How routes describe themselves: Fastify checks requests by it, and schemas/openapi.json is made from it. */
import type { FastifySchema } from 'fastify';
import { type ErrorCode, errorTable } from '../../core/errors.ts';
import { problemMediaType } from '../problem.ts';

/** The chapters of the document. */
export const tags = {
  Rooms: 'Rooms: making, finding, joining and ending them.',
  Participants: 'What moderators do to those who are in a room.',
  Recordings: 'Recording rooms, and having the files.',
  Administration: 'Every room of the server; for superadmins.',
  LiveKit: 'What LiveKit itself calls.',
  Health: 'For load balancers and orchestrators.',
} as const;

export interface Operation {
  summary: string;
  /** Markdown, where the summary leaves questions. */
  description?: string;
  tag: keyof typeof tags;
  /** Who may ask: somebody with an access token (the default), with or without one, or anybody. */
  caller?: 'user' | 'optional' | 'anyone';
  params?: JsonSchema;
  querystring?: JsonSchema;
  body?: JsonSchema;
  /** By status. */
  answers: Record<number, Answer>;
  /** What it can refuse with, besides what every route of its kind does. */
  refusals?: readonly ErrorCode[];
}

export interface Answer {
  description: string;
  /** Of a JSON document. */
  schema?: JsonSchema;
  /** Of an answer that is none. */
  mediaType?: string;
}

export type JsonSchema = Record<string, unknown>;

/** In OpenAPI's words. */
const tokens: Record<NonNullable<Operation['caller']>, Record<string, string[]>[]> = {
  user: [{ bearer: [] }],
  optional: [{}, { bearer: [] }],
  anyone: [],
};

/** A Fastify schema: pass it as a route's `schema`. */
export function operation({
  summary,
  description,
  tag,
  caller = 'user',
  params,
  querystring,
  body,
  answers,
  refusals = [],
}: Operation): FastifySchema {
  const checked = params ?? querystring ?? body;
  const codes: ErrorCode[] = [
    ...(checked ? (['api/invalid'] as const) : []),
    // Of a part of the path that is longer than the router takes.
    ...(params ? (['api/not-found'] as const) : []),
    ...(body ? (['api/too-large', 'api/unsupported-media-type'] as const) : []),
    ...(caller === 'anyone' ? [] : (['api/unauthenticated'] as const)),
    ...refusals,
    'store/lost',
    'bug/unexpected',
  ];
  return {
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    security: tokens[caller],
    ...(params ? { params } : {}),
    ...(querystring ? { querystring } : {}),
    ...(body ? { body } : {}),
    // What a route itself says of a status goes before.
    response: { ...problems(codes), ...successes(answers) },
  };
}

function successes(answers: Record<number, Answer>): Record<number, JsonSchema> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema = {}, mediaType = 'application/json' }]) => [
      status,
      { description, content: { [mediaType]: { schema } } },
    ]),
  );
}

/** The refusals by status: which codes there are, and what each says. */
function problems(codes: readonly ErrorCode[]): Record<number, JsonSchema> {
  const table = new Map(errorTable());
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const status = table.get(code)?.http ?? 500;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      {
        description: some.map((code) => described(code, table.get(code)?.message ?? '')).join('\n\n'),
        content: {
          [problemMediaType]: {
            schema: { allOf: [{ $ref: 'Problem#' }, { properties: { code: { enum: some } } }] },
          },
        },
      },
    ]),
  );
}

/** Where all that it says depends on the case, there is nothing to say beforehand. */
function described(code: ErrorCode, message: string): string {
  return /^\{\w+\}$/.test(message) ? `\`${code}\`` : `\`${code}\`: ${message}`;
}

/** What asking LiveKit can end with. */
export const sfuRefusals = ['server/sfu-unreachable', 'server/sfu-failed'] as const;
