/** Schemas that more than one route names, by `{ $ref: 'Room#' }`. */
import type { JsonSchema } from './operation.ts';

const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const object = (properties: JsonSchema, optional: readonly string[] = []) => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

const settings = {
  $id: 'RoomSettings',
  description: 'What takes part in a room; Bedrud’s clients keep to it.',
  ...object({
    allowChat: { type: 'boolean' },
    allowVideo: { type: 'boolean' },
    allowAudio: { type: 'boolean' },
    requireApproval: { type: 'boolean' },
    e2ee: { type: 'boolean', description: 'Media is encrypted from end to end.' },
    isPersistent: { type: 'boolean', description: 'The room stays, however long nobody is in it.' },
    recordingsAllowed: { type: 'boolean' },
  }),
};

const room = {
  $id: 'Room',
  ...object(
    {
      id: text,
      name: { type: 'string', description: 'As in the address of its page, and as LiveKit knows it.' },
      createdBy: { type: 'string', description: 'The id of the user who made it, and owns it.' },
      adminId: { type: 'string', description: 'The same.' },
      mode: { enum: ['standard', 'webinar', 'broadcast'] },
      isPublic: { type: 'boolean' },
      maxParticipants: { type: 'integer', description: 'Seats; 0: any number.' },
      settings: { $ref: 'RoomSettings#' },
      state: {
        enum: ['active', 'suspended', 'archived'],
        description: 'Only an active room lets anybody in.',
      },
      isActive: { type: 'boolean' },
      createdAt: time,
      deletedAt: { ...time, description: 'Since when it is archived.' },
    },
    ['deletedAt'],
  ),
};

const problem = {
  $id: 'Problem',
  description: 'An error, as RFC 9457 has it.',
  ...object(
    {
      type: { type: 'string', format: 'uri', description: '`urn:bedrud:error:` and the code.' },
      title: text,
      status: { type: 'integer' },
      detail: { type: 'string', description: 'What happened.' },
      code: { type: 'string', description: 'Stable: programs go by it.' },
      hint: { type: 'string', description: 'What to do next.' },
      requestId: { type: 'string', description: 'Finds the line in the server’s log.' },
    },
    ['hint', 'requestId'],
  ),
};

const done = {
  $id: 'Done',
  ...object({ status: { const: 'success' } }),
};

const member = {
  $id: 'Member',
  ...object({
    identity: text,
    name: { type: 'string', description: 'What they called themselves then.' },
    by: { type: 'string', description: 'The id of the user who did it.' },
    at: time,
  }),
};

export const sharedSchemas: readonly JsonSchema[] = [problem, room, settings, done, member];
