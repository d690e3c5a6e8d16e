/** How livekit-server is started, by what compose files and systemd units say, and with which environment. */
import type { Finding } from '../../core/finding.ts';
import type { Compose, ComposeService } from './compose.ts';
import { type FactSource, Missing } from './gather.ts';
import type { Unit } from './units.ts';

type Place = Pick<Finding, 'file' | 'line' | 'column' | 'pointer'>;

export interface Environment {
  /** `this shell`, `service livekit of compose.yaml`, `unit livekit.service`. */
  name: string;
  variables: ReadonlyMap<string, string>;
  /** --config or --config-body stands on the command line beside it. */
  namesFile: boolean;
  place(variable: string): Place;
}

export interface Launch extends Environment {
  /** The command line after the program. */
  words: readonly string[];
  commandPlace: Place;
  /** The restart policy, as it is written. */
  restart: string | undefined;
  restartPlace: Place;
}

/** @throws Missing when no compose file or unit starts livekit-server */
export async function collectLaunches(source: FactSource): Promise<Launch[]> {
  const launches = (
    await Promise.all([
      source.fact('compose').then(launchesOfCompose, none),
      source.fact('units').then((units) => units.filter(startsLiveKit).map(launchOfUnit), none),
    ])
  ).flat();
  if (launches.length === 0) {
    throw new Missing(
      'no compose file or systemd unit that starts livekit-server was given (--compose, --unit)',
    );
  }
  return launches;
}

/** This shell's environment stands in where nothing says what livekit-server gets. */
export async function collectEnvironments(source: FactSource): Promise<Environment[]> {
  const launches: Environment[] = await source.fact('launches').catch(none);
  if (launches.length > 0) return launches;
  const variables = definedOnly(Object.entries(source.question.env));
  return [{ name: 'this shell', variables, namesFile: false, place: () => ({}) }];
}

function launchesOfCompose({ document, services }: Compose): Launch[] {
  return services
    .filter(({ role }) => role === 'livekit')
    .map((service: ComposeService) => {
      const { name, entrypoint = [], command, environment, restart, placeOf } = service;
      const words = [...entrypoint, ...command];
      return {
        name: `service ${name} of ${document.file}`,
        words,
        variables: definedOnly([...environment]),
        namesFile: words.some(isConfigFlag),
        place: placeOf,
        commandPlace: document.place('services', name, 'command'),
        restart,
        restartPlace: document.place('services', name, 'restart'),
      };
    });
}

/** bedrud runs livekit-server too, but looks after its restarts itself. */
function startsLiveKit({ execStart }: Unit): boolean {
  return /(^|[\s/@:+!-])livekit-server(\s|$)/.test(execStart);
}

function launchOfUnit(unit: Unit): Launch {
  const words = unit.execStart.split(/\s+/);
  const placeOf = (directive: string): Place => {
    const line = unit.lineOf(directive);
    return { file: unit.file, ...(line === undefined ? {} : { line }) };
  };
  return {
    name: `unit ${unit.name}`,
    words,
    variables: unit.environment,
    namesFile: words.some(isConfigFlag),
    place: () => placeOf('Environment'),
    commandPlace: placeOf('ExecStart'),
    restart: unit.restart,
    restartPlace: placeOf('Restart'),
  };
}

function isConfigFlag(word: string): boolean {
  return /^--?config(=|$)/.test(word);
}

function none(error: unknown): never[] {
  if (error instanceof Missing) return [];
  throw error;
}

function definedOnly(entries: [string, string | undefined][]): Map<string, string> {
  return new Map(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
