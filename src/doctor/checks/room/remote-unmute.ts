import { defineCheck } from '../../check.ts';

export const roomRemoteUnmute = defineCheck({
  id: 'room/remote-unmute',
  title: 'Moderators can unmute',
  area: 'rooms',
  severity: 'info',
  why: 'LiveKit refuses to unmute a track from the server unless room.enable_remote_unmute is true.',
  fix: 'set room.enable_remote_unmute: true if moderators are to unmute others; muting works either way',
  needs: ['livekit'],
  run: ({ livekit: { document } }) =>
    document.boolean('room', 'enable_remote_unmute') === true
      ? []
      : [
          {
            message: 'participants can be muted, and not unmuted, by a moderator',
            ...document.place('room'),
          },
        ],
});
