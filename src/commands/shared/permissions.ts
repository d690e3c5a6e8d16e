/** What a participant may do, as flags; the same for a token and for somebody already in the room. */
import { texts, toggle } from '../../cli/parameters.ts';
import { readSource } from '../../sfu/grants.ts';
import type { TrackSourceName } from '../../sfu/tokens.ts';

export const permissionOptions = {
  canPublish: toggle('--can-publish', 'publish tracks'),
  canSubscribe: toggle('--can-subscribe', "receive others' tracks"),
  canPublishData: toggle('--can-publish-data', 'send data and chat messages'),
  canUpdateMetadata: toggle('--can-update-metadata', 'change their own name, metadata and attributes'),
  hidden: toggle('--hidden', 'be there without being shown'),
  sources: texts(
    '--sources <source>',
    'publish these alone: camera, microphone, screen_share, screen_share_audio; or all',
  ),
};

export interface Permissions {
  canPublish?: boolean;
  canSubscribe?: boolean;
  canPublishData?: boolean;
  canUpdateMetadata?: boolean;
  hidden?: boolean;
  /** Empty: all. */
  sources?: TrackSourceName[];
}

type PermissionInput = {
  [K in Exclude<keyof Permissions, 'sources'>]-?: boolean | undefined;
} & { sources: string[] };

/** The flags that were given. @throws Failure `usage/invalid` for an unknown source */
export function permissionsOf(input: PermissionInput): Permissions {
  const given: Permissions = {};
  for (const name of [
    'canPublish',
    'canSubscribe',
    'canPublishData',
    'canUpdateMetadata',
    'hidden',
  ] as const) {
    const value = input[name];
    if (value !== undefined) given[name] = value;
  }
  if (input.sources.length > 0) {
    given.sources = input.sources.includes('all') ? [] : input.sources.map(readSource);
  }
  return given;
}
