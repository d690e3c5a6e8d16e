import { atLeast } from '../../../livekit/versions.ts';
import { defineCheck } from '../../check.ts';

export const versionClientServer = defineCheck({
  id: 'version/client-server',
  title: 'Current clients can join this release',
  area: 'network',
  severity: 'warning',
  why: 'livekit-client from 2.18.1 on joins through /rtc/v1, which livekit-server has from 1.9.10 on: with an older one nobody gets in.',
  fix: 'use livekit-server 1.9.11 or later, or keep livekit-client at 2.18.0',
  needs: ['signal'],
  run: ({ signal: { version } }) =>
    version === undefined || atLeast(version, '1.9.10')
      ? []
      : [
          {
            message: `livekit-server here is ${version}, which pages with livekit-client 2.18.1 or later cannot join`,
          },
        ],
});
