import { faultsOf } from '../../../livekit/rules/version/known-bad.ts';
import { defineCheck } from '../../check.ts';

export const versionKnownBad = defineCheck({
  id: 'version/known-bad',
  title: 'The release has no fault that matters here',
  area: 'network',
  severity: 'warning',
  why: 'Some releases are known to harm: they panic, break clients or relay into private networks.',
  fix: 'use another release',
  needs: ['runningRelease'],
  run: ({ runningRelease: { version, turn } }) => faultsOf(version, turn),
});
