/** Which participants a command is about. */
import { resolve } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { argument, flag, manyArguments, text, texts } from '../../cli/parameters.ts';
import { failure } from '../../core/errors.ts';
import { readTextFile } from '../../core/files.ts';
import type { ParticipantInfo } from '../../sfu/participants.ts';
import type { RoomOperations } from '../../sfu/rooms.ts';
import { requireRoom } from './access.ts';

export const selectionParameters = {
  room: argument('ROOM', 'the room'),
  identities: manyArguments('IDENTITY', 'who', false),
  identity: texts('--identity <identity>', 'who, as often as wanted', { commas: false }),
  match: text('--match <glob>', 'everybody whose identity matches: "guest-*"'),
  all: flag('--all', 'everybody in the room; asks first'),
  from: text('--from <file>', 'identities from a file, one a line; - for stdin'),
  yes: flag('-y, --yes', 'do not ask'),
};

export interface SelectionInput {
  room: string;
  identities: string[];
  identity: string[];
  match: string | undefined;
  all: boolean;
  from: string | undefined;
  yes: boolean;
}

export interface Selection {
  /** Everybody in the room. */
  present: ParticipantInfo[];
  /** Who was named, in that order and once each; somebody named who isn't there has no participant. */
  chosen: { identity: string; participant: ParticipantInfo | undefined }[];
}

/** Did the command line say who? */
export function namesSomebody(input: SelectionInput): boolean {
  const { identities, identity, match, all, from } = input;
  return all || match !== undefined || from !== undefined || identities.length + identity.length > 0;
}

/**
 * Finds out who is meant.
 * @param action for the question before --all: `remove`
 * @returns undefined when the user said no
 * @throws Failure `usage/invalid` when nobody is named, `sfu/not-found` when there is no such room
 */
export async function select(
  rooms: RoomOperations,
  input: SelectionInput,
  action: string,
  context: Context,
): Promise<Selection | undefined> {
  if (!namesSomebody(input)) {
    throw failure('usage/invalid', {
      problem: 'nobody is named',
      hint: 'name identities, or give --match, --from or --all',
    });
  }
  const named = [...input.identities, ...input.identity, ...(await listed(input.from, context))];
  await requireRoom(rooms, input.room);
  const present = await rooms.listParticipants(input.room);
  if (input.all) {
    const question = `${action} all ${present.length} participants of ${input.room}`;
    if (present.length > 0 && !(await context.confirm(question, input.yes))) return undefined;
    named.push(...present.map(({ identity }) => identity));
  }
  if (input.match !== undefined) {
    const { default: picomatch } = await import('picomatch');
    const matches = picomatch(input.match, { dot: true, bash: true });
    const found = present.map(({ identity }) => identity).filter((identity) => matches(identity));
    if (found.length === 0) context.notice(`nobody in ${input.room} matches ${input.match}`);
    named.push(...found);
  }
  const byIdentity = new Map(present.map((participant) => [participant.identity, participant]));
  const chosen = [...new Set(named)].map((identity) => ({ identity, participant: byIdentity.get(identity) }));
  return { present, chosen };
}

async function listed(file: string | undefined, context: Context): Promise<string[]> {
  if (file === undefined) return [];
  const content = file === '-' ? await context.readStdin() : await readTextFile(resolve(context.cwd, file));
  return content
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
}
