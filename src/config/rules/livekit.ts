/** Rules about how the server and LiveKit find each other. */
import { isIP } from 'node:net';
import { atLeast, parseVersion } from '../../livekit/versions.ts';
import { keys } from '../keys.ts';
import type { Config } from '../model.ts';
import { type ConfigRule, isSet, settingOf } from './rule.ts';

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** The keys that only an embedded LiveKit reads; configPath takes the place of the first list. Redis is bedrud's too. */
const rendered = ['nodeIP', 'rtc', 'turn', 'tls', 'room', 'webhook', 'logLevel', 'overrides'];
const embeddedOnly = [...rendered, 'configPath', 'port', 'binary'];

const pathsBelow = (names: readonly string[]) =>
  keys
    .map((key) => key.path)
    .filter((path) => names.some((name) => `${path}.`.startsWith(`livekit.${name}.`)));

export const externalIncomplete: ConfigRule = {
  id: 'config/external-incomplete',
  title: 'An external LiveKit is described in full',
  severity: 'error',
  why: 'Nothing can be derived about a LiveKit that bedrud does not start',
  fix: 'set livekit.host, internalHost, apiKey and apiSecret',
  *check({ config: { livekit } }) {
    if (!livekit.external) return;
    const needs = {
      host: 'the wss:// URL browsers connect to',
      internalHost: 'the http:// or https:// URL of its API',
      apiKey: "a key from LiveKit's keys",
      apiSecret: "that key's secret",
    } as const;
    for (const [name, what] of Object.entries(needs)) {
      if (livekit[name as keyof typeof needs] !== undefined) continue;
      yield {
        path: `livekit.${name}`,
        message: `livekit.external is true, and livekit.${name} is missing`,
        hint: `set livekit.${name}: ${what}`,
      };
    }
  },
};

export const livekitUrl: ConfigRule = {
  id: 'config/livekit-url',
  title: "LiveKit's addresses are URLs of the right kind",
  severity: 'error',
  why: 'Browsers open a WebSocket on livekit.host, and the server calls an HTTP API on livekit.internalHost',
  fix: 'write ws:// or wss:// for host, http:// or https:// for internalHost',
  *check({ config: { livekit } }) {
    const expected = { host: 'ws', hostLocal: 'ws', internalHost: 'http' } as const;
    for (const [name, scheme] of Object.entries(expected)) {
      const value = livekit[name as keyof typeof expected];
      if (value === undefined) continue;
      const path = `livekit.${name}`;
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (url === undefined || url.hostname === '') {
        yield {
          path,
          message: `${path} is "${value}", which is no URL`,
          hint: `write ${scheme}s://livekit.example.com`,
        };
      } else if (url.protocol !== `${scheme}:` && url.protocol !== `${scheme}s:`) {
        const other = value.replace(/^[a-z]+(s?):/i, (_, s: string) => `${scheme}${s.toLowerCase()}:`);
        const wanted = `${scheme}:// or ${scheme}s://`;
        yield {
          path,
          message: `${path} begins with ${url.protocol}//, expected ${wanted}`,
          hint: /^(http|ws)s?:/i.test(value) ? `write ${other}` : `write a ${wanted} URL`,
        };
      }
    }
  },
};

export const livekitTls: ConfigRule = {
  id: 'config/livekit-scheme',
  title: "TLS isn't expected of LiveKit's own port",
  severity: 'warning',
  why: 'livekit-server speaks plain HTTP and WebSocket on its port: the guide says that up to 1.11 it could do TLS itself, but no release tested takes a top-level tls section. A proxy in front ends TLS, as a rule on port 443',
  fix: 'write http:// and ws://, or the address of the proxy that ends TLS',
  *check({ config: { livekit } }) {
    const version = livekit.version === undefined ? undefined : parseVersion(livekit.version);
    for (const name of ['host', 'internalHost'] as const) {
      const value = livekit[name];
      if (value === undefined || !URL.canParse(value)) continue;
      const url = new URL(value);
      const ownPort = url.port === '7880' || url.port === String(livekit.port);
      if (!ownPort || (url.protocol !== 'wss:' && url.protocol !== 'https:')) continue;
      const plain = url.protocol === 'wss:' ? 'ws' : 'http';
      const since = version !== undefined && atLeast(version, '1.12.0') ? `LiveKit ${version}` : 'LiveKit';
      yield {
        path: `livekit.${name}`,
        message: `livekit.${name} asks for TLS on port ${url.port}, where ${since} itself listens without`,
        hint: `write ${plain}://${url.host}, or the address of the proxy that ends TLS for it`,
      };
    }
  },
};

export const embeddedOnlyKey: ConfigRule = {
  id: 'config/embedded-only-key',
  title: 'Keys of an embedded LiveKit are not set for an external one',
  severity: 'warning',
  why: 'bedrud neither starts nor configures an external LiveKit, so that these keys have no effect',
  fix: "set it in LiveKit's own file, and remove it here",
  *check(facts) {
    if (!facts.config.livekit.external) return;
    for (const path of pathsBelow(embeddedOnly)) {
      if (!isSet(facts, path)) continue;
      yield {
        path,
        message: `${path} has no effect while livekit.external is true`,
        hint: "set it in LiveKit's own file, and remove it here",
      };
    }
  },
};

export const bypassedKey: ConfigRule = {
  id: 'config/bypassed-key',
  title: 'livekit.configPath stands alone',
  severity: 'warning',
  why: 'The file at livekit.configPath is used as it is: what config.yaml says of LiveKit is not written into it',
  fix: 'set it in the file at livekit.configPath, or remove livekit.configPath',
  *check(facts) {
    const { external, configPath } = facts.config.livekit;
    if (external || configPath === undefined) return;
    const bypass = settingOf(facts, 'livekit.configPath');
    for (const path of pathsBelow(rendered)) {
      if (!isSet(facts, path)) continue;
      yield {
        path,
        message: `${settingOf(facts, path)} has no effect: ${bypass} bypasses it`,
        hint: `set it in ${configPath}, or remove ${bypass}`,
      };
    }
  },
};

export const nodeIp: ConfigRule = {
  id: 'config/node-ip',
  title: 'livekit.nodeIP is an address participants can reach',
  severity: 'error',
  why: 'LiveKit advertises it to every participant. From 1.10 a value that is no address ends LiveKit at start (`invalid ip`); before, media fails in silence',
  fix: 'write the address at which participants reach this machine, or remove the key: bedrud finds one',
  *check({ config: { livekit } }) {
    const { nodeIP } = livekit;
    if (nodeIP === undefined) return;
    const path = 'livekit.nodeIP';
    if (isIP(nodeIP) === 0) {
      yield {
        path,
        message: `livekit.nodeIP is "${nodeIP}", which is no IP address`,
        hint: 'write the public address, such as 203.0.113.7; without it bedrud finds one',
      };
    } else if (nodeIP === '0.0.0.0' || nodeIP === '::') {
      yield {
        path,
        message: `livekit.nodeIP is ${nodeIP}, which stands for every address and can be reached by nobody`,
        hint: 'write one address, or remove it: bedrud finds one',
      };
    } else if (loopback.test(nodeIP)) {
      yield {
        path,
        severity: 'info',
        message: `livekit.nodeIP is ${nodeIP}: only participants on this machine get media`,
        hint: "write the machine's public or LAN address",
      };
    }
  },
};

export const livekitTlsSection: ConfigRule = {
  id: 'config/livekit-tls-section',
  title: 'livekit.tls is not used',
  severity: 'warning',
  why: 'The guide says that LiveKit up to 1.11 takes a top-level tls section; every release tested, 1.5.3 to 1.13.5, ends with `field tls not found`',
  fix: 'remove livekit.tls; reach LiveKit with http:// and ws://, and let the server or a proxy do TLS',
  *check(facts) {
    const { external, version } = facts.config.livekit;
    const path = ['livekit.tls.certFile', 'livekit.tls.keyFile'].find((name) => isSet(facts, name));
    if (path === undefined || external) return;
    const release = version === undefined ? undefined : parseVersion(version);
    const gone = release !== undefined && atLeast(release, '1.12.0');
    yield {
      path,
      severity: gone ? 'error' : 'warning',
      message: gone
        ? `livekit.tls is set, and LiveKit ${release} has no tls section`
        : 'livekit.tls is set, and no tested release of LiveKit starts with a tls section',
      hint: 'remove livekit.tls; reach LiveKit with http:// and ws://, and let the server or a proxy do TLS',
    };
  },
};

export const webhookUrl: ConfigRule = {
  id: 'config/webhook-url',
  title: 'Webhooks can reach the server',
  severity: 'error',
  why: 'Without webhooks the server learns late that participants left and rooms ended',
  fix: "put the server's /api/livekit/webhook under webhook.urls in LiveKit's file, with its apiKey as webhook.api_key",
  *check({ config }) {
    const { url } = config.livekit.webhook;
    if (url !== undefined && !/^https?:\/\/[^/]/i.test(url)) {
      yield {
        path: 'livekit.webhook.url',
        message: `livekit.webhook.url is "${url}", expected an http:// or https:// URL`,
        hint: 'write http://127.0.0.1:8090/api/livekit/webhook, or remove it: bedrud fills in its own',
      };
    }
    if (config.livekit.external) {
      yield {
        path: 'livekit.external',
        severity: 'info',
        message: `LiveKit has to be told where to report: ${ownWebhook(config)}`,
        hint: 'put it under webhook.urls in its file, with this apiKey as webhook.api_key',
      };
    }
  },
};

function ownWebhook({ server }: Config): string {
  const name = server.domain ?? '<this server>';
  const secure = (server.enableTLS && !server.disableTLS) || server.behindProxy;
  return `${secure ? `https://${name}` : `http://${name}:${server.port}`}/api/livekit/webhook`;
}

export const livekitRules = [
  externalIncomplete,
  livekitUrl,
  livekitTls,
  embeddedOnlyKey,
  bypassedKey,
  nodeIp,
  livekitTlsSection,
  webhookUrl,
];
