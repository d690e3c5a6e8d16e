/** People join with a browser: LiveKit's own client in Chromium, and what bedrud serves. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../helpers/certificate.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { describeWithNetworks, makeNetwork, type Namespace } from '../helpers/netns.ts';
import { until } from '../helpers/poll.ts';
import { bedrud, initialise, makePlace, type Place, type Serving, serve } from '../helpers/serve.ts';
import { accessToken } from '../server/helpers.ts';

/** What browser/page.js offers in the page. */
declare const meeting: {
  join(url: string, token: string): Promise<void>;
  /** Sends the camera. */
  publish(): Promise<void>;
  /** How many videos have a picture. */
  seen(): number;
  /** A name of LiveKit's DisconnectReason, once the room is left. */
  reason(): string | undefined;
  /** The kinds of the candidates in use, ours first: `relay tls → host`. */
  paths(): Promise<string[]>;
};

const place = () => makePlace({ LIVEKIT_SERVER_BIN: findProgram('livekit-server') ?? '' });

describeWith(['livekit-server', 'chromium'], 'people with a browser', () => {
  let browser: Browser;
  let serving: Serving;
  beforeAll(async () => {
    browser = await launch();
  }, 120_000);
  afterEach(() => end(browser, serving));
  afterAll(() => browser?.close());

  test('see each other, and one is told that it was put out', { timeout: 120_000 }, async () => {
    const here = await place();
    const { jwtSecret } = await initialise(here);
    serving = await serve(here);
    const [ana, ben] = await meet(browser, serving.url, jwtSecret);
    expect(await bedrud(here, 'room', 'kick', 'standup', 'ben')).toMatchObject({ status: 0 });
    const reason = () => ben.evaluate(() => meeting.reason());
    await until('the reason', async () => (await reason()) !== undefined);
    expect(await reason()).toBe('PARTICIPANT_REMOVED');
    expect(await ana.evaluate(() => meeting.reason())).toBeUndefined();
  });
});

describeWithNetworks(
  ['livekit-server', 'chromium', 'openssl'],
  'people with a browser behind a firewall',
  () => {
    const domain = 'meet.example.com';
    const address = '203.0.113.10';
    const network = makeNetwork();
    let browser: Browser;
    let serving: Serving;
    let here: Place;
    let server: Namespace;
    let office: Namespace;
    beforeAll(async () => {
      const hosts = { [domain]: address };
      server = network.add('sfu', hosts);
      office = network.add('office', hosts);
      network.link(['sfu', address], ['office', '203.0.113.20']);
      browser = await launch(office);
      here = { ...(await place()), namespace: server };
    }, 120_000);
    afterEach(() => end(browser, serving));
    afterAll(async () => {
      await browser?.close();
      network.close();
    });

    test('that lets TCP to 443 through alone meet over TURN/TLS, on the port of the API', {
      timeout: 120_000,
    }, async () => {
      server.filter('iif lo accept', 'tcp dport 443 accept', 'drop');
      office.filter('iif lo accept', 'meta l4proto udp drop');
      const { certFile, keyFile } = makeCertificate(domain);
      const { jwtSecret } = await initialise(here, {
        address,
        port: 443,
        server: `domain: ${domain}\n  certFile: ${certFile}\n  keyFile: ${keyFile}`,
        tls: true,
      });
      serving = await serve(here);
      const [ana] = await meet(browser, `https://${domain}`, jwtSecret);
      expect(await ana.evaluate(() => meeting.paths())).toEqual(['relay tls']);
    });
  },
);

/** @param namespace where its sockets are; this host's own network when there is none */
async function launch(namespace?: Namespace): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--allow-loopback-in-peer-connection',
    '--ignore-certificate-errors',
    '--disable-background-networking',
    '--disable-component-update',
    // A page that is put together here counts as one of the internet, which may not call hosts nearby.
    '--disable-features=LocalNetworkAccessChecks',
  ];
  const program = findProgram('chromium') ?? '';
  return chromium.launch({ executablePath: namespace ? wrapper(namespace, program) : program, args });
}

/** A program that runs `program` in `namespace`. */
function wrapper(namespace: Namespace, program: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'bedrud-browser-')), 'chromium');
  writeFileSync(file, `#!/bin/sh\nexec ip ${namespace.command(program, []).join(' ')} "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

async function end(browser: Browser, serving: Serving | undefined): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()));
  serving?.kill('SIGTERM');
  await serving?.ended;
}

/** Two people in a room of one of them, each with a picture of the other. @param url of bedrud, for browsers */
async function meet(browser: Browser, url: string, jwtSecret: string): Promise<[Page, Page]> {
  const [ana, ben] = [await open(browser, url), await open(browser, url)];
  await call(ana, '/api/room/create', await accessToken('ana', {}, { secret: jwtSecret }), {
    name: 'standup',
    isPublic: true,
  });
  for (const [page, user] of [
    [ana, 'ana'],
    [ben, 'ben'],
  ] as const) {
    const token = await accessToken(user, {}, { secret: jwtSecret });
    const answer = await call(page, '/api/room/join', token, { roomName: 'standup' });
    await page.evaluate(({ livekitHost, token }) => meeting.join(livekitHost, token), answer);
    await page.evaluate(() => meeting.publish());
  }
  for (const page of [ana, ben]) {
    await until('a picture', async () => (await page.evaluate(() => meeting.seen())) === 1, 30_000);
  }
  return [ana, ben];
}

/** A page of bedrud's own origin, as a client that is served beside it would be. */
async function open(browser: Browser, url: string): Promise<Page> {
  const script = await pageScript();
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  await context.route(`${url}/meeting`, (route) =>
    route.fulfill({ contentType: 'text/html', body: `<!doctype html><body><script>${script}</script>` }),
  );
  const page = await context.newPage();
  await page.goto(`${url}/meeting`);
  return page;
}

function call(page: Page, path: string, token: string, body: object) {
  return page.evaluate(
    async ({ path, token, body }) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as { livekitHost: string; token: string };
    },
    { path, token, body },
  );
}

let script: Promise<string> | undefined;
function pageScript(): Promise<string> {
  script ??= build({
    entryPoints: [fileURLToPath(new URL('browser/page.js', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
  }).then(({ outputFiles }) => (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script'));
  return script;
}
