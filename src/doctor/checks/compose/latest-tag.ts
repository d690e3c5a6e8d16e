import { defineCheck } from '../../check.ts';

export const composeLatestTag = defineCheck({
  id: 'compose/latest-tag',
  title: 'LiveKit images have a release as their tag',
  area: 'start',
  severity: 'warning',
  why: 'The next pull may bring a release that does not start with this configuration: keys come and go between releases.',
  fix: 'name a release: livekit/livekit-server:v1.13.5',
  needs: ['compose'],
  run: ({ compose }) =>
    compose.services
      .filter(
        ({ role, image }) => ['livekit', 'egress'].includes(role) && image !== undefined && floats(image),
      )
      .map(({ name, image }) => ({
        message: `service ${name}: the image ${image} is another one after each release`,
        ...compose.document.place('services', name, 'image'),
      })),
});

function floats(image: string): boolean {
  if (image.includes('@') || image.includes('$')) return false;
  const tag = image.match(/:([^/]+)$/)?.[1];
  return tag === undefined || ['latest', 'master', 'main'].includes(tag);
}
