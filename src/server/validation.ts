/** Checks requests against the schemas of their routes. */
import type { FastifyServerOptions } from 'fastify';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;

/** What ajv makes of a schema. */
type Check = ((data: unknown) => boolean) & { errors?: unknown };
type Compile = (route: unknown) => Check;

/**
 * Schemas are compiled when the first request needs them: loading ajv and compiling those of every route takes longer
 * than the rest of a start. Those of answers describe, and filter nothing.
 */
export const whenNeeded = {
  compilersFactory: { buildValidator, buildSerializer: () => () => JSON.stringify },
  // Fastify's types are those of ajv, which is more than it asks for.
} as unknown as SchemaController;

function buildValidator(shared: object, options: object) {
  let loading: Promise<Compile> | undefined;
  const load = () => {
    loading ??= import('@fastify/ajv-compiler').then(
      ({ default: ajv }) => ajv.default()(shared as never, options) as unknown as Compile,
    );
    return loading;
  };
  return (route: unknown) => {
    let check: Check | undefined;
    return (data: unknown) => {
      if (check) return verdict(check, data);
      return load().then((compile) => {
        check ??= compile(route);
        const { error } = verdict(check, data);
        // What Fastify takes for the errors of a check that it had to wait for.
        if (error) throw error;
        return true;
      });
    };
  };
}

function verdict(check: Check, data: unknown): { value?: unknown; error?: unknown } {
  return check(data) ? { value: data } : { error: check.errors };
}
