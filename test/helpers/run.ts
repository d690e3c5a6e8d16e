import { PassThrough, Readable, Writable } from 'node:stream';
import { type Host, Interrupt } from '../../src/cli/host.ts';
import { main } from '../../src/main.ts';

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
  /** stdout as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into documents of every shape
  json<T = any>(): T;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Text for stdin, or bytes. */
  stdin?: string | Buffer;
  /** stdin, stdout and stderr are terminals. */
  tty?: boolean;
  /** How wide that terminal is. */
  columns?: number;
  /** On a terminal: what is typed when a question shows on stderr, in this order. */
  typed?: readonly { at: string; keys: string }[];
  now?: Date;
  /** Aborting it is the first SIGTERM; a second controller is not needed by most tests. */
  terminate?: AbortSignal;
  /** Hears what is written while the command still runs. */
  onStdout?(text: string): void;
  onStderr?(text: string): void;
}

/** Runs `main` in this process and captures what a shell would see. */
export async function run(argv: string[], options: RunOptions = {}): Promise<Ran> {
  const out = capture(options.tty, options.onStdout);
  const questions = [...(options.typed ?? [])];
  const err = capture(options.tty, (text) => {
    options.onStderr?.(text);
    const next = questions[0];
    if (next === undefined || !text.includes(next.at)) return;
    questions.shift();
    setImmediate(() => (stdin as unknown as PassThrough).write(next.keys));
  });
  const stdin = Object.assign(options.tty ? new PassThrough() : Readable.from([options.stdin ?? '']), {
    isTTY: options.tty ?? false,
  });
  const interrupted = new AbortController();
  options.terminate?.addEventListener('abort', () => interrupted.abort(new Interrupt('SIGTERM')), {
    once: true,
  });
  const host: Host = {
    stdin,
    stdout: Object.assign(out.stream, options.columns === undefined ? {} : { columns: options.columns }),
    stderr: err.stream,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...options.env },
    cwd: options.cwd ?? process.cwd(),
    now: () => options.now ?? new Date(),
    interrupted: interrupted.signal,
    forced: new AbortController().signal,
  };
  const status = await main(argv, host);
  return { status, stdout: out.text(), stderr: err.text(), json: () => JSON.parse(out.text()) };
}

function capture(isTTY = false, heard?: (text: string) => void) {
  const chunks: Buffer[] = [];
  const stream = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(Buffer.from(chunk));
        heard?.(chunk.toString());
        done();
      },
    }),
    { isTTY },
  );
  // A prompt ends what it was piped to when it is through; a terminal stays open all the same.
  if (isTTY) stream.end = () => stream;
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
