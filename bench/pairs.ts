/**
 * Timing against a peer in the same run: the two take turns, so that a machine that slows down slows both, and
 * the ratio of each pair is what counts.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Figure {
  min: number;
  median: number;
  max: number;
}

export interface Pairs {
  /** In milliseconds. */
  subject: Figure;
  /** In milliseconds. */
  peer: Figure;
  /** Subject by peer, pair by pair. */
  ratio: Figure;
}

/**
 * Times `subject` and `peer` in turns. Each returns its own milliseconds.
 * @param rounds counted pairs, after one that is not
 */
export async function pairs(
  subject: () => Promise<number>,
  peer: () => Promise<number>,
  rounds = 15,
): Promise<Pairs> {
  const times: { subject: number; peer: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const pair = { subject: await subject(), peer: await peer() };
    if (round > 0) times.push(pair);
  }
  return {
    subject: figure(times.map((pair) => pair.subject)),
    peer: figure(times.map((pair) => pair.peer)),
    ratio: figure(times.map((pair) => pair.subject / pair.peer)),
  };
}

/** The wall time of a whole process, in milliseconds. @throws Error when it doesn't exit with `status` */
export function timeProcess(file: string, args: readonly string[], status = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === status) resolve(performance.now() - begin);
      else reject(new Error(`${file} ${args.join(' ')}: exit status ${code}, not ${status}`));
    });
  });
}

/** Resident memory of a process in MB, now and at its peak (Linux). */
export function residentMemory(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (field: string) =>
    Number(status.match(new RegExp(`${field}:\\s+(\\d+) kB`))?.[1] ?? Number.NaN);
  return { now: kilobytes('VmRSS') / 1000, peak: kilobytes('VmHWM') / 1000 };
}

/** Processor time that a process has used, in milliseconds (Linux): busy neighbours change it little. */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  // utime and stime, counted from the third field on, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function figure(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
  return { min: at(0), median: at(0.5), max: at(1) };
}

/** `median (min–max)` with a unit. */
export function show({ min, median, max }: Figure, unit: string, digits = 1): string {
  return `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
