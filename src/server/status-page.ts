/** GET /: what an operator wants to see first. One page without scripts or secrets, renewed every ten seconds. */
import { formatDuration } from '../core/duration.ts';
import { version } from '../core/version.ts';
import type { App, ServerContext } from './context.ts';
import { type Readiness, readiness } from './health.ts';
import { pagePolicy } from './page-policy.ts';

const css = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--line:#e3e6ea;--ink:#1b1f24;--dim:#667080;--good:#1a7f4b;--bad:#c4322b;--wait:#a76a00}
@media(prefers-color-scheme:dark){:root{--bg:#111418;--card:#1a1e24;--line:#2a3038;--ink:#e8ebef;--dim:#8d97a5;--good:#4cc38a;--bad:#ff6b61;--wait:#e0a83a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif;padding:1.5rem}
main{width:100%;max-width:34rem}
header{display:flex;align-items:baseline;justify-content:space-between;margin:0 .25rem 1rem}
h1{font-size:1.35rem;margin:0;letter-spacing:-.01em}
header span,footer{color:var(--dim);font-size:.875rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.sum{padding:1.25rem;font-size:1.15rem;font-weight:600;display:flex;gap:.65rem;align-items:center}
dl{margin:0}
dl div{display:flex;justify-content:space-between;padding:.75rem 1.25rem;border-top:1px solid var(--line)}
dt{color:var(--dim)}dd{margin:0;font-variant-numeric:tabular-nums}
i{display:inline-block;width:.65rem;height:.65rem;border-radius:50%;background:currentColor;flex:none}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
footer{margin:1rem .25rem 0}
footer a{color:inherit}
`;
const policy = pagePolicy(css);

export function statusPage(app: App, context: ServerContext): void {
  const started = Date.now();
  app.get('/', async (_request, reply) => {
    const state = await readiness(context);
    const live = await context.store.sessions.totals().catch(() => undefined);
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8');
    return page(state, live, Date.now() - started);
  });
}

type Tone = 'good' | 'wait' | 'bad';

function page(
  { ready, draining, database, sfu, recording }: Readiness,
  live: { participants: number; rooms: number } | undefined,
  uptime: number,
): string {
  const waiting = sfu === 'starting' || sfu === 'restarting' || draining;
  const tone: Tone = ready ? 'good' : waiting && database === 'up' ? 'wait' : 'bad';
  const summary = ready
    ? 'Everything is running'
    : draining
      ? 'Shutting down'
      : tone === 'wait'
        ? 'LiveKit is starting'
        : database === 'down'
          ? 'The database does not answer'
          : 'LiveKit does not answer';
  const rows: [string, string, Tone?][] = [
    ['LiveKit', sfu, sfu === 'ready' ? 'good' : waiting ? 'wait' : 'bad'],
    ['Database', database, database === 'up' ? 'good' : 'bad'],
    [
      'Recording',
      recording,
      recording === 'unavailable' ? 'bad' : recording === 'ready' ? 'good' : undefined,
    ],
    ['Rooms with participants', String(live?.rooms ?? '–')],
    ['Participants', String(live?.participants ?? '–')],
    ['Up for', formatDuration(uptime)],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="10">
<title>Bedrud · ${summary}</title>
<link rel="icon" href="data:,">
<style>${css}</style>
</head>
<body>
<main>
<header><h1>Bedrud</h1><span>bedrud ${version}</span></header>
<section class="card">
<div class="sum" role="status"><i class="${tone}"></i>${summary}</div>
<dl>
${rows.map(([name, value, tone]) => `<div><dt>${name}</dt><dd${tone ? ` class="${tone}"` : ''}>${value}</dd></div>`).join('\n')}
</dl>
</section>
<footer><a href="/api/docs">The API</a>, and for programs: <a href="/readyz">/readyz</a> · <a href="/healthz">/healthz</a></footer>
</main>
</body>
</html>
`;
}
