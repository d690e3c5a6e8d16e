/** What kinds of participants LiveKit has, by their numbers in its protocol. */
const names: Readonly<Record<number, string>> = {
  0: 'standard',
  1: 'ingress',
  2: 'egress',
  3: 'sip',
  4: 'agent',
  7: 'connector',
  8: 'bridge',
};

/** What LiveKit says of a participant that tells what kind it is. */
export interface KindFacts {
  /** A number, or in JSON its name: `EGRESS`. */
  kind?: unknown;
  permission?: { recorder?: boolean; agent?: boolean } | undefined;
}

/** `egress`, `agent`, …; `standard` where nothing is said. Recorders and agents may be known by their grants alone. */
export function participantKind({ kind, permission }: KindFacts): string {
  const name = typeof kind === 'string' ? kind.toLowerCase() : names[Number(kind ?? 0)];
  if (name !== undefined && name !== 'standard') return name;
  return permission?.recorder ? 'egress' : permission?.agent ? 'agent' : 'standard';
}
