/** Calls through LiveKit with two participants of our own, on the ways that clients may have to take. */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { failure } from '../../../core/errors.ts';
import { redact } from '../../../core/redact.ts';
import type { Candidate } from './candidate.ts';
import { type GatewayOptions, openGateway } from './gateway.ts';
import type { MediaPath, ReceivedAudio } from './stats.ts';

/** `any`: as clients do. `udp`, `tcp`: directly, over that alone. `relay`: through TURN alone. */
export type Way = 'any' | 'udp' | 'tcp' | 'relay';

/** What the caller is doing; a call that fails did not get through it. */
export type CallStep = 'connect' | 'publish' | 'listen';

export type CallAnswer =
  | { ok: true; publisher: MediaPath | undefined; subscriber: MediaPath | undefined; audio: ReceivedAudio }
  | { ok: false; step: CallStep; problem: string };

export interface CallOptions extends Pick<GatewayOptions, 'base' | 'skipTLSVerify'> {
  way: Way;
  /** Of the one who speaks and the one who listens. */
  tokens: readonly [string, string];
  /** For the whole call, in milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
}

/** What the caller is told. */
export interface CallOrder {
  url: string;
  tokens: readonly [string, string];
  relayOnly: boolean;
}

/** What the caller says. */
export type CallReport =
  | { kind: 'step'; step: CallStep }
  | ({ kind: 'done' } & Omit<Extract<CallAnswer, { ok: true }>, 'ok'>)
  | { kind: 'failed'; problem: string };

const mediaLibrary = '@livekit/rtc-node';

/** @throws Failure `doctor/no-media-library` */
export function requireMediaLibrary(): void {
  try {
    createRequire(import.meta.url).resolve(mediaLibrary);
  } catch (error) {
    throw failure('doctor/no-media-library', { package: mediaLibrary }, error);
  }
}

/** One call. @returns what became of it, and what LiveKit told the two of where it can be reached */
export async function callOnce(options: CallOptions): Promise<{ answer: CallAnswer; told: Candidate[] }> {
  const { way, base, skipTLSVerify, tokens } = options;
  const direct = way === 'udp' || way === 'tcp' ? way : undefined;
  const gateway = await openGateway({ base, skipTLSVerify, direct });
  try {
    const order = { url: gateway.url, tokens, relayOnly: way === 'relay' };
    return { answer: await answerTo(order, options), told: gateway.candidates };
  } finally {
    gateway.close();
  }
}

/** The caller's program: as TypeScript here, bundled beside what we were bundled into. */
const program = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './caller.ts' : './media-caller.js', import.meta.url),
);

function answerTo(order: CallOrder, { timeoutMs, signal }: CallOptions): Promise<CallAnswer> {
  return new Promise((resolve) => {
    const child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let step: CallStep = 'connect';
    let said = '';
    const end = (answer: CallAnswer) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupted);
      child.kill('SIGKILL');
      resolve(answer);
    };
    const fail = (problem: string) => end({ ok: false, step, problem: redact(problem) });
    const interrupted = () => fail('interrupted');
    const timer = setTimeout(() => fail(`not within ${timeoutMs / 1000} s`), timeoutMs);
    signal.addEventListener('abort', interrupted, { once: true });
    child.stderr?.on('data', (chunk) => {
      if (said.length < 4_000) said += chunk;
    });
    child.on('error', (error) => fail(error.message));
    child.on('exit', () => fail(`the media library ended: ${panicIn(said)}`));
    child.on('message', (report: CallReport) => {
      if (report.kind === 'step') step = report.step;
      else if (report.kind === 'failed') fail(report.problem);
      else end({ ...report, ok: true });
    });
    child.send(order, (error) => error && fail(error.message));
  });
}

/** The words of a panic of Rust's, or the last line. */
function panicIn(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const at = lines.findIndex((line) => line.includes(' panicked at '));
  return (at < 0 ? lines.at(-1) : lines[at + 1]) ?? 'without a word';
}
