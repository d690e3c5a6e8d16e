/** Rules about the server itself: certificates, proxies, origins. */
import { BlockList, isIP } from 'node:net';
import { type ConfigRule, isSet, settingOf, type Violation } from './rule.ts';

const dnsName =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?$/i;

export const tlsPair: ConfigRule = {
  id: 'config/tls-pair',
  title: 'A certificate comes with its key',
  severity: 'error',
  why: "The half that is missing is taken from /etc/bedrud, where another certificate's may lie",
  fix: 'set certFile and keyFile together',
  *check(facts) {
    const { server, livekit } = facts.config;
    const pairs = [
      ...(facts.tls.mode === 'none' ? [] : [{ of: 'server', pair: server }]),
      ...(livekit.external ? [] : [{ of: 'livekit.turn', pair: livekit.turn }]),
    ];
    for (const { of, pair } of pairs) {
      if ((pair.certFile === undefined) === (pair.keyFile === undefined)) continue;
      const [there, missing] =
        pair.certFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile'];
      yield {
        path: `${of}.${there}`,
        message: `${of}.${there} is set, and ${of}.${missing} is missing`,
        hint: `set ${of}.${missing} too`,
      };
    }
  },
};

export const fileMissing: ConfigRule = {
  id: 'config/file-missing',
  title: 'Files that are named exist',
  severity: 'warning',
  why: 'The server, or LiveKit, does not start without them. Only a warning: the configuration may be meant for another machine',
  fix: 'check the path; a relative one is taken from the working directory of the process',
  *check(facts) {
    const { server, livekit } = facts.config;
    const named: [string, string | undefined][] = [];
    if (facts.tls.mode === 'manual')
      named.push(['server.certFile', server.certFile], ['server.keyFile', server.keyFile]);
    if (!livekit.external) {
      named.push(['livekit.configPath', livekit.configPath], ['livekit.binary', livekit.binary]);
      named.push(
        ['livekit.turn.certFile', livekit.turn.certFile],
        ['livekit.turn.keyFile', livekit.turn.keyFile],
      );
    }
    for (const [path, file] of named) {
      if (file === undefined || facts.fileExists(file)) continue;
      yield {
        path,
        message: `${settingOf(facts, path)} is ${file}, and there is no such file here`,
        hint: 'check the path; a relative one is taken from the working directory',
      };
    }
    if (facts.tls.mode === 'system' && !facts.fileExists(facts.tls.certFile)) {
      yield {
        path: 'server.enableTLS',
        message: `server.enableTLS is true without a certificate: certFile is not set, useACME is off, and there is no ${facts.tls.certFile}`,
        hint: 'set server.certFile and server.keyFile',
      };
    }
  },
};

export const acme: ConfigRule = {
  id: 'config/acme',
  title: "Let's Encrypt has what it needs",
  severity: 'error',
  why: "Let's Encrypt certifies public DNS names only, and has to see that they are ours",
  fix: 'set server.domain to a public DNS name and server.enableTLS: true, without certFile; for dns-01 also the provider and its token',
  *check({ config: { server } }) {
    if (!server.useACME) return;
    const { domain, acme, enableTLS, disableTLS, certFile, keyFile } = server;
    if (!enableTLS || disableTLS) {
      const off = disableTLS ? 'server.disableTLS is true' : 'server.enableTLS is false';
      yield {
        path: 'server.useACME',
        severity: 'warning',
        message: `server.useACME has no effect: ${off}`,
        hint: disableTLS ? 'remove server.disableTLS' : 'set server.enableTLS: true',
      };
      return;
    }
    if (certFile !== undefined || keyFile !== undefined) {
      yield {
        path: 'server.useACME',
        severity: 'warning',
        message: 'server.useACME has no effect: server.certFile and server.keyFile win over it',
        hint: 'remove one or the other',
      };
      return;
    }
    if (domain === undefined) {
      yield {
        path: 'server.useACME',
        message: 'server.useACME is true, and server.domain is missing',
        hint: 'set server.domain to the public name, such as meet.example.com',
      };
    } else if (isIP(domain) !== 0 || !domain.includes('.')) {
      yield {
        path: 'server.domain',
        message: `server.domain is ${domain}, for which Let's Encrypt gives no certificate`,
        hint: 'write a public DNS name, such as meet.example.com',
      };
    }
    if (
      acme.challenge?.startsWith('dns') &&
      (acme.dnsProvider === undefined || acme.cloudflareAPIToken === undefined)
    ) {
      const missing = acme.dnsProvider === undefined ? 'dnsProvider' : 'cloudflareAPIToken';
      yield {
        path: 'server.acme.challenge',
        message: `server.acme.challenge is ${acme.challenge}, and server.acme.${missing} is missing`,
        hint:
          missing === 'dnsProvider'
            ? 'set server.acme.dnsProvider: cloudflare'
            : 'set CLOUDFLARE_API_TOKEN in the environment',
      };
    }
  },
};

export const names: ConfigRule = {
  id: 'config/host-name',
  title: 'Names are names, not URLs',
  severity: 'error',
  why: 'server.host is bound and server.domain is put into certificates and links: a scheme, port or path in them breaks both',
  fix: 'write the bare name or address: meet.example.com',
  *check({ config: { server } }) {
    for (const name of ['host', 'domain'] as const) {
      const value = server[name];
      if (value === undefined || isIP(value) !== 0 || dnsName.test(value)) continue;
      const bare = value.replace(/^[a-z]+:\/\//i, '').replace(/[:/].*$/, '');
      yield {
        path: `server.${name}`,
        message: `server.${name} is "${value}", expected a name or an address alone`,
        hint: dnsName.test(bare) ? `write ${bare}` : 'write a name such as meet.example.com',
      };
    }
  },
};

export const proxies: ConfigRule = {
  id: 'config/trusted-proxies',
  title: 'Trusted proxies are named',
  severity: 'error',
  why: 'Behind a proxy the client address comes from a header that anyone can send: only named proxies are believed, and Bedrud refuses to start without them',
  fix: "list the proxy's address or network: trustedProxies: [127.0.0.1]",
  *check({ config: { server } }) {
    if (server.behindProxy && server.trustedProxies.length === 0) {
      yield {
        path: 'server.behindProxy',
        message: 'server.behindProxy is true, and server.trustedProxies is empty',
        hint: "list the proxy's address: trustedProxies: [127.0.0.1]",
      };
    }
    for (const [i, proxy] of server.trustedProxies.entries()) {
      const path = `server.trustedProxies.${i}`;
      if (!isNetwork(proxy)) {
        yield {
          path,
          message: `server.trustedProxies holds "${proxy}", which is no address or network`,
          hint: 'write 192.0.2.1 or 10.0.0.0/8',
        };
      } else if (/\/0+$/.test(proxy)) {
        yield {
          path,
          severity: 'warning',
          message: `server.trustedProxies holds ${proxy}: every client is believed to be a proxy`,
          hint: "write the proxy's own address",
        };
      }
    }
  },
};

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  try {
    new BlockList().addSubnet(address, Number(prefix || 'none'), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

export const insecureOrigin: ConfigRule = {
  id: 'config/insecure-origin',
  title: 'Browsers get HTTPS',
  severity: 'info',
  why: 'Browsers hand out camera and microphone only to pages from https:// or localhost',
  fix: 'set server.enableTLS with a certificate, or server.behindProxy where a proxy ends TLS',
  *check({ config: { server }, tls }) {
    const { domain, behindProxy } = server;
    if (tls.mode !== 'none' || behindProxy || domain === undefined || /(^|\.)localhost$/.test(domain)) return;
    yield {
      path: 'server.domain',
      message: `http://${domain} gets no camera and no microphone: browsers want HTTPS`,
      hint: 'set server.enableTLS, or server.behindProxy where a proxy ends TLS',
    };
  },
};

export const cors: ConfigRule = {
  id: 'config/cors',
  title: 'CORS origins are origins',
  severity: 'error',
  why: 'Browsers compare origins letter by letter, and never send cookies to an origin *',
  fix: 'write scheme, name and port alone, separated by commas: https://meet.example.com',
  *check(facts): Iterable<Violation> {
    const { allowedOrigins, allowCredentials } = facts.config.cors;
    const path = 'cors.allowedOrigins';
    for (const origin of allowedOrigins
      .split(',')
      .map((text) => text.trim())
      .filter(Boolean)) {
      if (origin === '*') {
        if (allowCredentials)
          yield {
            path,
            message: 'cors.allowedOrigins is * while cors.allowCredentials is true: browsers refuse that',
            hint: 'name the origins, or set cors.allowCredentials: false',
          };
      } else if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]+$/i.test(origin)) {
        yield {
          path,
          severity: 'warning',
          message: `cors.allowedOrigins holds "${origin}", which no browser sends as an origin`,
          hint: 'write scheme, name and port alone: https://meet.example.com',
        };
      }
    }
  },
};

export const dependencies: ConfigRule = {
  id: 'config/incomplete',
  title: 'What is turned on has what it needs',
  severity: 'warning',
  why: 'The feature stays off, or fails when it is first used',
  fix: 'set the keys that the message names, or turn the feature off',
  *check(facts) {
    const { database, auth, server } = facts.config;
    const text = (path: string) =>
      path
        .split('.')
        .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], facts.config);
    const missing = (wanted: string[]) =>
      wanted.filter((path) => text(path) === undefined || text(path) === '');
    const needs: { when: boolean; because: string; path: string; wanted: string[]; severity?: 'error' }[] = [
      {
        when: database.type === 'postgres',
        because: 'database.type is postgres',
        path: 'database.type',
        wanted: ['database.host', 'database.user', 'database.dbname'],
        severity: 'error',
      },
      {
        when: auth['requireEmailVerification'] === true,
        because: 'auth.requireEmailVerification is true',
        path: 'auth.requireEmailVerification',
        wanted: ['email.smtpHost'],
      },
      {
        when: text('webxdc.enabled') === true,
        because: 'webxdc.enabled is true',
        path: 'webxdc.enabled',
        wanted: ['server.domain', 'webxdc.baseDomain'],
      },
      {
        when: text('chat.uploads.backend') === 's3',
        because: 'chat.uploads.backend is s3',
        path: 'chat.uploads.backend',
        wanted: ['chat.uploads.s3.bucket', 'chat.uploads.s3.accessKey', 'chat.uploads.s3.secretKey'],
      },
      {
        when: server.proxyHeader !== undefined,
        because: 'server.proxyHeader is set',
        path: 'server.proxyHeader',
        wanted: server.behindProxy || server.trustedProxies.length > 0 ? [] : ['server.trustedProxies.0'],
      },
    ];
    for (const { when, because, path, wanted, severity } of needs) {
      if (!when) continue;
      for (const absent of missing(wanted)) {
        const name = absent.replace(/\.0$/, '');
        yield { path, severity, message: `${because}, and ${name} is missing`, hint: `set ${name}` };
      }
    }
    if (database.type === 'sqlite' && isSet(facts, 'database.host') && !isSet(facts, 'database.type')) {
      yield {
        path: 'database.host',
        message: 'database.host is set, and database.type is not: the database is SQLite',
        hint: 'set database.type: postgres, or remove database.host',
      };
    }
  },
};

export const serverRules = [tlsPair, fileMissing, acme, names, proxies, insecureOrigin, cors, dependencies];
