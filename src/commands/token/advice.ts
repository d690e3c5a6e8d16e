import { formatDuration } from '../../core/duration.ts';
import type { Finding } from '../../core/finding.ts';
import { grants, placeOf } from '../../sfu/grants.ts';
import { type ApiKeys, defaultTtlMs, type TokenSpec } from '../../sfu/tokens.ts';

const day = 86_400_000;
/** The limit of identities and room names that a server has unless configured otherwise, since 1.7. */
const nameLimit = 256;

/** What is wise to say about tokens that are about to be handed out; each thing once, however many tokens. */
export class Advice {
  readonly findings: Finding[] = [];

  constructor(keys: ApiKeys) {
    if (keys.apiSecret.length < 32) {
      this.#say(
        'token/short-secret',
        'the API secret has fewer than 32 characters, and could be guessed',
        'make a new one, 32 characters or more',
      );
    }
  }

  /** Looks at one token. */
  consider(spec: TokenSpec): void {
    const video = {
      ...(spec.room === undefined ? {} : { roomJoin: true, room: spec.room }),
      ...spec.grants?.video,
    };
    const who = spec.identity === undefined ? 'the token' : `the token of ${spec.identity}`;
    const powers = [...grants].filter(([name, grant]) => grant.powerful && isGranted(spec, name));
    if (video.roomJoin && powers.length > 0) {
      const [name, grant] = powers[0] ?? ['', undefined];
      this.#say(
        `token/powerful-participant`,
        `${who} joins a room and may also ${grant?.may} (${powers.map(([power]) => power).join(', ')})`,
        `leave --grant ${name} out, unless this participant is an operator`,
      );
    }
    if (video.roomJoin && !video.room) {
      this.#say(
        'token/no-room',
        `${who} may join, but names no room: livekit-server refuses it`,
        'give --room',
      );
    }
    if (video.roomAdmin && !video.room) {
      this.#say('token/no-room', `${who} has roomAdmin without a room: the grant is void`, 'give --room');
    }
    if (
      Object.keys(video).length === 0 &&
      !spec.grants?.sip &&
      !spec.grants?.inference &&
      !spec.grants?.observability &&
      !spec.grants?.agent
    ) {
      this.#say('token/no-grants', `${who} grants nothing`, 'give --room, or --grant');
    }
    if (video.canPublish === false && video.canPublishSources?.length) {
      this.#say(
        'token/sources-unused',
        `${who} names sources to publish, but may not publish`,
        'leave --can-publish=false out',
      );
    }
    if ((spec.ttlMs ?? defaultTtlMs) > day) {
      this.#say(
        'token/long-lived',
        `${who} is valid for ${formatDuration(spec.ttlMs ?? defaultTtlMs)}, and cannot be revoked`,
        'a shorter --ttl is enough: it is needed to join, not to stay',
      );
    }
    for (const [what, text] of [
      ['identity', spec.identity],
      ['room', video.room],
    ] as const) {
      if (text !== undefined && Buffer.byteLength(text) > nameLimit) {
        this.#say(
          'token/too-long',
          `the ${what} "${text.slice(0, 20)}…" is longer than the ${nameLimit} bytes that servers take`,
          'shorten it',
        );
      }
    }
  }

  #say(id: string, message: string, hint: string): void {
    if (this.findings.some((finding) => finding.id === id)) return;
    this.findings.push({ id, severity: 'warning', message, hint });
  }
}

function isGranted(spec: TokenSpec, name: string): boolean {
  const { section, key } = placeOf(name);
  return (spec.grants?.[section] as Record<string, unknown> | undefined)?.[key] === true;
}
