/** The same for several participants, each on their own: one who has left doesn't spare the others. */
import type { Outcome } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { concurrently } from '../../core/concurrently.ts';
import { exitStatus, Failure } from '../../core/errors.ts';
import type { Style } from '../../report/text/style.ts';
import type { ParticipantInfo } from '../../sfu/participants.ts';
import type { RoomOperations } from '../../sfu/rooms.ts';
import { noParticipant } from './access.ts';
import { type SelectionInput, select } from './selection.ts';

/** What was done to one participant: facts for JSON, words for people. */
export interface Done {
  says: string;
  facts?: Record<string, unknown>;
}
interface Result {
  identity: string;
  ok: boolean;
  error?: string;
  hint?: string;
  says?: string;
  facts?: Record<string, unknown>;
}

/** Requests under way at once: enough to hide the latency, too few to be a burden. */
const concurrency = 8;

/**
 * Does `work` for everybody chosen.
 * @param action for the question before --all
 * @returns an outcome with a result for each, and exit status 1 when one failed
 */
export async function forEach(
  rooms: RoomOperations,
  input: SelectionInput,
  context: Context,
  action: string,
  work: (participant: ParticipantInfo) => Promise<Done>,
): Promise<Outcome> {
  const selection = await select(rooms, input, action, context);
  if (selection === undefined) return { data: { results: [] }, text: 'nothing was done' };
  const { present, chosen } = selection;
  const results = await concurrently(
    chosen,
    concurrency,
    async ({ identity, participant }): Promise<Result> => {
      try {
        if (participant === undefined) throw noParticipant(input.room, identity, present);
        return { identity, ok: true, ...(await work(participant)) };
      } catch (error) {
        // What concerns the server concerns everybody: it ends the command.
        if (!(error instanceof Failure) || !isAboutOne(error)) throw error;
        return { identity, ok: false, error: error.message, hint: error.hint };
      }
    },
  );
  const failed = results.some(({ ok }) => !ok);
  return {
    data: { results: results.map(({ says: _, facts, ...result }) => ({ ...result, ...facts })) },
    text: (style) => results.map((result) => line(result, style)).join('\n'),
    status: failed ? exitStatus.findings : exitStatus.ok,
  };
}

function isAboutOne(error: Failure): boolean {
  return (
    error.code === 'sfu/not-found' || error.code === 'sfu/failed' || error.code === 'room/unmute-refused'
  );
}

function line({ identity, ok, error, hint, says }: Result, style: Style): string {
  if (ok) return `${style.ok('✓')} ${identity} ${says}`;
  return `${style.error('✗')} ${identity}: ${error}${hint ? `\n  ${style.dim('→')} ${hint}` : ''}`;
}
