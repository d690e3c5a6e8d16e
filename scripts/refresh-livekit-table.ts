/**
 * Writes schemas/livekit/keys.json from a list of the keys that each livekit-server release parses:
 *
 *   npx tsx scripts/refresh-livekit-table.ts KEYS.json
 *
 * KEYS.json: `{ versions: [...], keys: { "rtc.tcp_port": [{ kind, since, until, type?, … }] } }`, as KeyList in livekit-table.ts has it. Where
 * a Go type's name is missing, that of the present table is kept.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type KeyList, type Table, tableFrom } from './livekit-table.ts';

const file = fileURLToPath(new URL('../schemas/livekit/keys.json', import.meta.url));
const list: KeyList = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const previous: Table | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
const { versions, types, numbers } = tableFrom(list, previous);

/** One type a line, so that a difference shows what changed. */
const lines = (entries: object) =>
  Object.entries(entries)
    .map(([type, fields]) => `  ${JSON.stringify(type)}: ${JSON.stringify(fields)}`)
    .join(',\n');
writeFileSync(
  file,
  `{"versions": ${JSON.stringify(versions)},\n "types": {\n${lines(types)}\n },\n "numbers": {\n${lines(numbers)}\n }}\n`,
);
