/** /api/admin/webhooks: who is told of what, as the Bedrud server's API has it. For superadmins. */
import { failure } from '../../core/errors.ts';
import { type Delivery, events, newSecret, type Subscription } from '../../store/index.ts';
import { callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { post } from '../outgoing/post.ts';

interface Path {
  id: string;
}
interface Change {
  name?: string;
  url?: string;
  events?: string[];
  isActive?: boolean;
}
interface Query {
  page?: string;
  limit?: string;
}

const path = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', minLength: 1, maxLength: 64, description: 'Of the subscription.' } },
};
const fields = {
  name: { type: 'string', minLength: 1, maxLength: 255 },
  url: {
    type: 'string',
    maxLength: 1024,
    pattern: '^https?://',
    description: 'Where events are sent, by POST.',
  },
  events: {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: { enum: [...events, 'ping'] },
    description: 'Which ones.',
  },
};
const shown = {
  type: 'object',
  required: ['id', 'name', 'url', 'events', 'isActive', 'createdBy', 'createdAt', 'updatedAt'],
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    url: { type: 'string' },
    secret: {
      type: 'string',
      description: 'Signs what is sent. Shown in full when it is made, never again.',
    },
    events: { type: 'array', items: { type: 'string' } },
    isActive: { type: 'boolean' },
    lastSeen: { type: 'string', format: 'date-time', description: 'When something last arrived.' },
    createdBy: { type: 'string' },
    createdAt: { type: 'string', format: 'date-time' },
    updatedAt: { type: 'string', format: 'date-time' },
  },
};
const describe = (summary: string, answers: Parameters<typeof operation>[0]['answers'], more = {}) =>
  operation({
    summary,
    tag: 'Administration',
    params: path,
    answers,
    refusals: ['api/forbidden', 'webhook/no-subscription'],
    ...more,
  });
const answer = (description: string, schema: object) => ({ description, schema: { ...schema } });
const object = (properties: Record<string, unknown>, optional: string[] = []) => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});
const withoutPath = { params: undefined, refusals: ['api/forbidden'] };

/** Within a scope that only superadmins enter. */
export function webhooks(scope: App, { store, deliverable }: ServerContext): void {
  const known = async (id: string, found: Subscription | undefined): Promise<Subscription> => {
    if (found === undefined) throw failure('webhook/no-subscription', { subscription: id });
    return found;
  };

  const list = operation({
    summary: 'Who is told of what',
    tag: 'Administration',
    querystring: {
      type: 'object',
      additionalProperties: false,
      properties: {
        page: { type: 'string', pattern: '^[1-9][0-9]{0,3}$' },
        limit: { type: 'string', pattern: '^([1-9][0-9]?|100)$' },
      },
    },
    answers: {
      200: answer(
        'The newest first.',
        object({
          webhooks: { type: 'array', items: shown },
          total: { type: 'integer' },
          page: { type: 'integer' },
          limit: { type: 'integer' },
        }),
      ),
    },
    refusals: ['api/forbidden'],
  });
  scope.get<{ Querystring: Query }>('', { schema: list }, async ({ query }) => {
    const page = Number(query.page ?? 1);
    const limit = Number(query.limit ?? 20);
    const some = await store.outbox.subscriptions(limit, (page - 1) * limit);
    return {
      webhooks: some.map((one) => view(one)),
      total: await store.outbox.countSubscriptions(),
      page,
      limit,
    };
  });

  const create = describe(
    'Subscribe to events',
    { 201: answer('Keep the secret: it is not shown again.', shown) },
    {
      ...withoutPath,
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'url', 'events'],
        properties: fields,
      },
    },
  );
  scope.post<{ Body: Required<Omit<Change, 'isActive'>> }>('', { schema: create }, async (request, reply) => {
    const { name, url, events } = request.body;
    requireUrl(url);
    const made = await store.outbox.subscribe({ name, url, events, createdBy: callerOf(request).userId });
    reply.status(201);
    return { ...view(made), secret: made.secret };
  });

  const update = describe(
    'Change a subscription',
    { 200: answer('As it is now.', shown) },
    {
      body: {
        type: 'object',
        additionalProperties: false,
        properties: { ...fields, isActive: { type: 'boolean', description: 'Whether anything is sent.' } },
      },
    },
  );
  scope.put<{ Params: Path; Body: Change }>('/:id', { schema: update }, async ({ params, body }) => {
    if (body.url !== undefined) requireUrl(body.url);
    return view(await known(params.id, await store.outbox.change(params.id, body)));
  });

  const remove = describe('End a subscription', {
    200: answer('It is gone, with what it was still to be told.', object({ status: { const: 'deleted' } })),
  });
  scope.delete<{ Params: Path }>('/:id', { schema: remove }, async ({ params }) => {
    if (!(await store.outbox.unsubscribe(params.id))) await known(params.id, undefined);
    return { status: 'deleted' };
  });

  const rotate = describe('Give a subscription another secret', {
    200: answer('It signs what is sent from now on.', object({ secret: { type: 'string' } })),
  });
  scope.post<{ Params: Path }>('/:id/rotate-secret', { schema: rotate }, async ({ params }) => {
    const { secret } = await known(params.id, await store.outbox.change(params.id, { secret: newSecret() }));
    return { secret };
  });

  const test = describe('Send a ping', {
    200: answer(
      'What came of it.',
      object(
        {
          status: { enum: ['success', 'non_2xx', 'delivery_failed'] },
          httpStatus: { type: 'integer' },
          error: { type: 'string' },
          latencyMs: { type: 'integer' },
        },
        ['httpStatus', 'error'],
      ),
    ),
  });
  scope.post<{ Params: Path }>('/:id/test', { schema: test }, async (request) => {
    const { url, secret } = await known(
      request.params.id,
      await store.outbox.subscription(request.params.id),
    );
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({ event: 'ping', timestamp, data: {} });
    const { status, error, took } = await post(
      { id: request.id, url, secret, event: 'ping', body },
      deliverable,
    );
    return {
      status: error === null ? 'success' : status === null ? 'delivery_failed' : 'non_2xx',
      ...(status === null ? {} : { httpStatus: status }),
      ...(error === null ? {} : { error }),
      latencyMs: took,
    };
  });

  const log = describe('What was sent to a subscription', {
    200: answer(
      'The last hundred, the newest first; of those that are over, the last thirty days.',
      object({
        deliveries: {
          type: 'array',
          items: object(
            {
              id: { type: 'string', description: 'Also in the header X-Bedrud-Delivery.' },
              event: { type: 'string' },
              state: { enum: ['pending', 'delivered', 'failed'] },
              attempts: { type: 'integer' },
              httpStatus: { type: 'integer', description: 'Of the last answer.' },
              error: { type: 'string' },
              createdAt: { type: 'string', format: 'date-time' },
              nextAttemptAt: { type: 'string', format: 'date-time' },
            },
            ['httpStatus', 'error', 'nextAttemptAt'],
          ),
        },
      }),
    ),
  });
  scope.get<{ Params: Path }>('/:id/deliveries', { schema: log }, async ({ params }) => {
    await known(params.id, await store.outbox.subscription(params.id));
    return { deliveries: (await store.outbox.deliveries(params.id, 100)).map(deliveryView) };
  });
}

/** @throws Failure `api/invalid` */
function requireUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && url.username === '' && url.password === '') return;
  throw failure('api/invalid', {
    problem: url ? 'the url has a user or a password in it' : 'the url is none',
    hint: 'deliveries are signed with the secret of the subscription; the receiver checks X-Bedrud-Signature',
  });
}

function view({ secret, lastSeen, createdAt, updatedAt, ...rest }: Subscription) {
  return {
    ...rest,
    secret: `••••${secret.slice(-4)}`,
    ...(lastSeen === null ? {} : { lastSeen: time(lastSeen) }),
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
  };
}

function deliveryView({ id, event, state, attempts, status, error, createdAt, dueAt }: Delivery) {
  return {
    ...{ id, event, state, attempts, createdAt: time(createdAt) },
    ...(status === null ? {} : { httpStatus: status }),
    ...(error === null ? {} : { error }),
    ...(dueAt === null ? {} : { nextAttemptAt: time(dueAt) }),
  };
}

function time(at: number): string {
  return new Date(at).toISOString();
}
