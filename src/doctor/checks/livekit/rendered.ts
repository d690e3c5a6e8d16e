import { defineCheck } from '../../check.ts';

export const livekitRendered = defineCheck({
  id: 'livekit/rendered',
  title: "LiveKit's configuration does what Bedrud's asks for",
  area: 'configuration',
  severity: 'warning',
  why: 'What livekit-server would not start with is left out of the file it is given, and what nobody said is guessed.',
  fix: 'bedrud livekit render-config shows the file',
  needs: ['livekitText'],
  run: ({ livekitText }) => livekitText.findings,
});
