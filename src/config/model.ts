/**
 * Bedrud's config.yaml once it is loaded: every key present, with its default where the file and the environment
 * are silent. Keys without a default are optional. Names are the file's.
 */
import type { LiveKitSettings } from '../livekit/render/types.ts';
export interface Config {
  server: ServerConfig;
  database: DatabaseConfig;
  livekit: LiveKitConfig;
  auth: AuthConfig;
  logger: {
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'disabled';
    /** Empty: standard output alone. */
    outputPath: string;
  };
  cors: CorsConfig;
  recording: RecordingConfig;
  rateLimit: RateLimitConfig;
  queue: { pollInterval: number; maxAttempts: number; concurrency: number };
  /** Read by the Bedrud server alone; bedrud checks their shape and hands them on. */
  chat: Record<string, unknown>;
  email: Record<string, unknown>;
  webxdc: Record<string, unknown>;
}

export interface ServerConfig {
  /** Where the API listens; `8090`. With TLS usually `443`. Ports are strings to the Go server. */
  port: number;
  /** Where plain HTTP is redirected from when TLS is on; `80`. 0: nowhere. */
  httpPort: number;
  /** The address to bind, or the host's public name or address; `0.0.0.0`. */
  host: string;
  /** In seconds. */
  readTimeout: number;
  /** In seconds. */
  writeTimeout: number;
  enableTLS: boolean;
  disableTLS: boolean;
  certFile?: string;
  keyFile?: string;
  domain?: string;
  email?: string;
  useACME: boolean;
  acme: { challenge?: string; dnsProvider?: string; cloudflareAPIToken?: string };
  trustedProxies: string[];
  proxyHeader?: string;
  /** For /metrics; without one, only this host may read it. */
  metricsToken?: string;
  behindProxy: boolean;
  certAlgorithm: 'ed25519' | 'ecdsa256' | 'rsa2048' | 'rsa4096';
  maxParticipantsLimit: number;
  maxRoomsPerUser: number;
}

export interface DatabaseConfig {
  type: 'sqlite' | 'postgres';
  /** SQLite's file. */
  path: string;
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  dbname?: string;
  sslmode?: string;
  maxIdleConns: number;
  maxOpenConns: number;
  /** In minutes. */
  maxLifetime: number;
}

/** What LiveKit's own file is made from, and what is bedrud's alone. */
export interface LiveKitConfig extends LiveKitSettings {
  /** What browsers connect to, ws:// or wss://. Absent in embedded mode: derived from the server's own address. */
  host?: string;
  hostLocal?: string;
  /** What bedrud calls, http:// or https://. */
  internalHost?: string;
  configPath?: string;
  skipTLSVerify: boolean;
  external: boolean;
  /** The livekit-server release to render for, when the binary isn't asked. */
  version?: string;
  /** Path of livekit-server. */
  binary?: string;
}

export interface AuthConfig {
  jwtSecret?: string;
  /** In hours. */
  tokenDuration: number;
  sessionSecret?: string;
  /** May people without an account join public rooms? */
  guestLoginEnabled: boolean;
  frontendURL?: string;
  /** The rest is read by the Bedrud server alone. */
  [key: string]: unknown;
}

export interface CorsConfig {
  /** Separated by commas. */
  allowedOrigins: string;
  allowedHeaders: string;
  allowedMethods: string;
  allowCredentials: boolean;
  exposeHeaders: string;
  /** In seconds. */
  maxAge: number;
}

export interface RecordingConfig {
  maxFileSizeMB: number;
  storageDir: string;
  maxRecordingsPerRoom: number;
  retentionHours: number;
  cleanupIntervalHours: number;
}

export interface RateLimitConfig {
  authMaxRequests: number;
  authWindowSecs: number;
  authResendMaxRequests: number;
  authResendWindowSecs: number;
  guestMaxRequests: number;
  guestWindowSecs: number;
  apiMaxRequests: number;
  apiWindowSecs: number;
}

/** Where a value came from. */
export interface Origin {
  kind: 'default' | 'file' | 'env' | 'flag';
  /** `file:line`, or the variable's name. */
  detail?: string;
}
