/** Which pages of other origins may call the API: `cors:` in config.yaml. */
import type { CorsConfig } from '../config/model.ts';
import type { App } from './context.ts';

/** Adds CORS to `scope`, unless no origin is allowed. */
export async function cors(scope: App, config: CorsConfig): Promise<void> {
  const origins = list(config.allowedOrigins);
  if (origins.length === 0) return;
  const any = origins.includes('*');
  const { default: plugin } = await import('@fastify/cors');
  await scope.register(plugin, {
    origin: any ? '*' : origins,
    methods: orUndefined(list(config.allowedMethods)),
    allowedHeaders: orUndefined(list(config.allowedHeaders)),
    exposedHeaders: orUndefined(list(config.exposeHeaders)),
    // Credentials for every origin would let any page act for whoever is signed in.
    credentials: config.allowCredentials && !any,
    ...(config.maxAge > 0 ? { maxAge: config.maxAge } : {}),
    strictPreflight: false,
  });
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function orUndefined(items: string[]): string[] | undefined {
  return items.length === 0 ? undefined : items;
}
