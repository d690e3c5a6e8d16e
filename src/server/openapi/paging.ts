/** Lists that come in pages: `?page=2&limit=50`. */
import type { JsonSchema } from './operation.ts';

export interface PageQuery {
  page?: string;
  limit?: string;
}

const usual = { page: 1, limit: 50 };

/** The schema of a query with `more` besides the page. */
export function asked(more: JsonSchema): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      page: { type: 'string', pattern: '^[1-9][0-9]{0,5}$', description: 'From 1 on.' },
      limit: { type: 'string', pattern: '^([1-9][0-9]{0,2}|1000)$', description: 'Up to 1000; usually 50.' },
      ...more,
    },
  };
}

export function pageProperties({ page, limit }: PageQuery): { page: number; limit: number } {
  return { page: Number(page ?? usual.page), limit: Number(limit ?? usual.limit) };
}

/** The schema of an answer with a page of `items` under `name`. */
export function pageOf(name: string, items: JsonSchema): JsonSchema {
  const number = { type: 'integer' };
  return {
    type: 'object',
    required: [name, 'total', 'page', 'limit'],
    properties: {
      [name]: { type: 'array', items },
      total: { ...number, description: 'How many there are on all pages.' },
      page: number,
      limit: number,
    },
  };
}
