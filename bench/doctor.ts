/** How fast `doctor --log` reads, and in how much memory: a goal of 200 MB/s, flat. */
import type { FactSource } from '../src/doctor/facts/gather.ts';
import { readLog } from '../src/doctor/facts/log.ts';

const megabytes = Number(process.argv[2] ?? 1024);

/** Lines as livekit-server writes them, one in a hundred of them a warning. */
const lines = Array.from({ length: 4000 }, (_, i) => {
  const level = i % 100 === 0 ? 'WARN' : i % 3 === 0 ? 'DEBUG' : 'INFO';
  const fields = `{"room": "standup-${i % 40}", "roomID": "RM_t2zkxVJE9zkS", "participant": "ana", "participantID": "PA_QBL3rPuFJUnn", "remote": false, "count": ${i}}`;
  return `2026-11-20T12:00:00.${String(i % 1000).padStart(3, '0')}Z\t${level}\tlivekit\trtc/participant.go:433\tmediaTrack published\t${fields}\n`;
}).join('');
const block = Buffer.from(lines);

async function* log() {
  for (let sent = 0; sent < megabytes * 1024 * 1024; sent += block.length) yield block;
}

const before = process.memoryUsage().rss;
const began = performance.now();
await readLog(
  { question: { log: { name: '-', chunks: log() } } } as unknown as FactSource,
  new AbortController().signal,
);
const seconds = (performance.now() - began) / 1000;
const megabytesMore = (process.memoryUsage().rss - before) / 1024 / 1024;
process.stdout.write(
  `log: ${Math.round(megabytes / seconds)} MB/s (goal: 200), ${Math.round(megabytesMore)} MB more memory (goal: flat)\n`,
);
