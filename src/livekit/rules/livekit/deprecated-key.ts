import { docs, type Rule } from '../rule.ts';

const deprecated: Record<string, string> = {
  log_level: 'use logging.level',
  prometheus_port: 'use prometheus: with port inside, since 1.7.1',
  'room.max_metadata_size': 'use limit.max_metadata_size, since 1.7.0',
  'room.max_participant_identity_length': 'use limit.max_participant_identity_length, since 1.7.0',
  'room.max_room_name_length': 'use limit.max_room_name_length, since 1.7.0',
  'rtc.packet_buffer_size': 'use rtc.packet_buffer_size_video and rtc.packet_buffer_size_audio, since 1.6.0',
  'rtc.strict_acks': 'remove it: it has no effect',
  'redis.use_tls': 'use redis.tls: with enabled: true inside, since 1.5.3',
};

export const deprecatedKey: Rule = {
  id: 'livekit/deprecated-key',
  title: 'No key is on its way out',
  severity: 'warning',
  why: 'deprecated keys go in some later release, and a file that holds one stops the server then',
  fix: 'use what replaced it',
  docs: docs.sample,
  *run(facts) {
    for (const [at, instead] of Object.entries(deprecated)) {
      if (!facts.has(at)) continue;
      const since = instead.match(/since (\S+)/)?.[1];
      if (since !== undefined && !facts.since(since)) continue;
      yield { at, onKey: true, message: `${at} is deprecated`, hint: instead.replace(/, since.*/, '') };
    }
  },
};
