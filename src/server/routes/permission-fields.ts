/** How the API names what a participant may do. */

/** A track's source, and its number in LiveKit's protocol. */
export const sourceNumbers = { camera: 1, microphone: 2, screen_share: 3, screen_share_audio: 4 } as const;
export type SourceName = keyof typeof sourceNumbers;
export const sourceSchema = { enum: Object.keys(sourceNumbers) };

/** What can be given and taken; what isn't named stays as it is. */
export interface PermissionChange {
  canPublish?: boolean;
  canSubscribe?: boolean;
  canPublishData?: boolean;
  canUpdateMetadata?: boolean;
  hidden?: boolean;
  /** Only from these; empty: from all. */
  canPublishSources?: SourceName[];
}

const boolean = { type: 'boolean' };
export const permissionSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    canPublish: boolean,
    canSubscribe: boolean,
    canPublishData: boolean,
    canUpdateMetadata: boolean,
    hidden: boolean,
    canPublishSources: { type: 'array', items: sourceSchema, uniqueItems: true, maxItems: 4 },
  },
};
