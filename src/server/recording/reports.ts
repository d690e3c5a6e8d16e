/** What LiveKit's reports of an egress mean for the recording it was started for. */
import type { EgressPhase, EgressReport } from '../../sfu/egress-report.ts';
import type { Queries, Recording, RecordingFacts, RecordingStep } from '../../store/index.ts';

/** The name of the file that a recorder is asked for. LiveKit repeats it in every report, so its id finds the recording. */
export function fileName(recordingId: string): string {
  return `incoming/${recordingId}.mp4`;
}

/** The recording that `report` is about, if it is one of ours. */
export function recordingIdOf({ filepath }: EgressReport): string | undefined {
  return /(?:^|\/)incoming\/([0-9a-f-]{36})\.mp4$/.exec(filepath)?.[1];
}

const steps: Partial<Record<EgressPhase, RecordingStep>> = {
  active: 'egressActive',
  ending: 'egressEnding',
  complete: 'egressComplete',
  failed: 'egressFailed',
  aborted: 'egressAborted',
};

/**
 * Applies a report, in whatever order reports come.
 * @returns the recording as it is now; undefined when the egress is none of ours
 */
export async function applyReport(queries: Queries, report: EgressReport): Promise<Recording | undefined> {
  const id = recordingIdOf(report);
  if (id === undefined) return undefined;
  await queries.recordings.nameEgress(id, report.egressId);
  const step = report.phase && steps[report.phase];
  if (step === undefined) return queries.recordings.byId(id);
  const noFile = step === 'egressComplete' && report.location === null;
  const done = noFile
    ? await queries.recordings.step(id, 'egressFailed', { error: 'LiveKit ended it and names no file' })
    : await queries.recordings.step(id, step, factsOf(report));
  return done?.recording;
}

/** What is known by now; what isn't must not replace what was. */
function factsOf({ location, ...report }: EgressReport): RecordingFacts {
  const { startedAt, endedAt, fileSize, durationMs, error } = report;
  const facts = { startedAt, endedAt, fileSize, durationMs, error, source: location };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
}
