/** What somebody says of a room they make or change. */
import { failure } from '../../core/errors.ts';

export const settingNames = [
  'allowChat',
  'allowVideo',
  'allowAudio',
  'requireApproval',
  'e2ee',
  'isPersistent',
  'recordingsAllowed',
] as const;
export type RoomSettings = Record<(typeof settingNames)[number], boolean>;

/** Of those that are named. */
export const settingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(settingNames.map((name) => [name, { type: 'boolean' }])),
};

/** What a new room has where its creator says nothing. */
export const usualSettings: RoomSettings = {
  allowChat: true,
  allowVideo: true,
  allowAudio: true,
  requireApproval: false,
  e2ee: false,
  isPersistent: false,
  recordingsAllowed: true,
};

/** @param limit server.maxParticipantsLimit; 0: none. @throws Failure `api/invalid` */
export function requireSeats(asked: number, limit: number): void {
  if (limit === 0 || asked <= limit) return;
  throw failure('api/invalid', {
    problem: `maxParticipants is ${asked}; this server allows at most ${limit}`,
    hint: `ask for ${limit} or fewer`,
  });
}
