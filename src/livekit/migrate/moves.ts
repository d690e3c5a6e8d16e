/** Keys that became others: where LiveKit's own code reads the one for the other. */

export interface Move {
  from: string;
  to: readonly string[];
  /** livekit-server still takes `from`, but calls it deprecated or does nothing with it. */
  deprecated?: boolean;
}

const limits = ['max_metadata_size', 'max_participant_identity_length', 'max_room_name_length'];
const allocator = ['probe_mode', 'min_channel_capacity', 'disable_etimation_unmanaged_tracks'];
const control = 'rtc.congestion_control';

const forward: readonly Move[] = [
  { from: 'prometheus_port', to: ['prometheus.port'], deprecated: true },
  { from: 'log_level', to: ['logging.level'], deprecated: true },
  { from: 'redis.use_tls', to: ['redis.tls.enabled'], deprecated: true },
  ...limits.map((name) => ({ from: `room.${name}`, to: [`limit.${name}`], deprecated: true })),
  {
    from: 'rtc.packet_buffer_size',
    to: ['rtc.packet_buffer_size_video', 'rtc.packet_buffer_size_audio'],
    deprecated: true,
  },
  { from: 'video.stream_tracker', to: ['video.stream_tracker_manager'] },
  ...allocator.map((name) => ({ from: `${control}.${name}`, to: [`${control}.stream_allocator.${name}`] })),
];

/** Made in this order, each where its targets exist; back, for an older release, only what that one doesn't know. */
export const moves: readonly Move[] = [
  ...forward,
  ...forward.filter(({ to }) => to.length === 1).map(({ from, to: [to = ''] }) => ({ from: to, to: [from] })),
  { from: 'rtc.packet_buffer_size_video', to: ['rtc.packet_buffer_size'] },
];
