/** Bans and moderators, as the API shows them. */
import type { Member } from '../../store/index.ts';

export function memberView({ identity, name, by, at }: Member) {
  return { identity, name, by, at: at.toISOString() };
}

/** A list of them under `name`. */
export function membersSchema(name: string) {
  return {
    type: 'object',
    required: [name],
    properties: { [name]: { type: 'array', items: { $ref: 'Member#' } } },
  };
}
