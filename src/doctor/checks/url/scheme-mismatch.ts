import { tlsMode } from '../../../config/index.ts';
import { defineCheck, type Observation } from '../../check.ts';

export const urlSchemeMismatch = defineCheck({
  id: 'url/scheme-mismatch',
  title: 'Browsers may open the WebSocket from the page',
  area: 'configuration',
  severity: 'error',
  why: 'A page that came over https may not open ws://: browsers block it as mixed content before anything is sent.',
  fix: 'give livekit.host a wss:// address: through the server (wss://<domain>/livekit), or a proxy that ends TLS',
  needs: ['config'],
  run({ config: { config } }): Observation[] {
    const { host } = config.livekit;
    const secure = tlsMode(config.server).mode !== 'none' || config.auth.frontendURL?.startsWith('https://');
    return secure && host?.startsWith('ws://')
      ? [{ message: `livekit.host is ${host}, and the page is served over https` }]
      : [];
  },
});
