/** The look of /api/docs, that of the status page. */
export const css = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--line:#e3e6ea;--ink:#1b1f24;--dim:#667080;--good:#1a7f4b;--bad:#c4322b;--put:#8f5a00;--link:#1f5fbf}
@media(prefers-color-scheme:dark){:root{--bg:#111418;--card:#1a1e24;--line:#2a3038;--ink:#e8ebef;--dim:#8d97a5;--good:#4cc38a;--bad:#ff6b61;--put:#e0a040;--link:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif;padding:2rem 1.5rem}
main{max-width:56rem;margin:0 auto}
h1{font-size:1.6rem;letter-spacing:-.01em}h1 small{color:var(--dim);font-weight:400}
h2{margin:2.5rem 0 .25rem}h3{margin:1.5rem 0 .25rem}h4{margin:1rem 0 .25rem}
p{margin:.25rem 0 .75rem}a{color:var(--link)}.dim,i,span{color:var(--dim)}
nav a{margin-right:.75rem}
code{font:.875em ui-monospace,monospace;overflow-wrap:anywhere}
details{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:.5rem 0;padding:0 1rem}
details[open]{padding-bottom:1rem}
summary{cursor:pointer;padding:.6rem 0}
summary b{display:inline-block;min-width:4.2rem;font:600 .8rem ui-monospace,monospace}
.get{color:var(--link)}.post{color:var(--good)}.put{color:var(--put)}.delete,.bad{color:var(--bad)}.good{color:var(--good)}
table{width:100%;border-collapse:collapse;margin:.25rem 0 .75rem}
th,td{text-align:left;vertical-align:top;font-weight:400;padding:.3rem .75rem .3rem 0;border-top:1px solid var(--line)}
th{width:13rem}td:nth-child(2){width:14rem;color:var(--dim)}
dl{display:grid;grid-template-columns:3.5rem 1fr;gap:.35rem 0;margin:0}dt{font-weight:600}dd{margin:0}
@media(max-width:40rem){body{padding:1.5rem 1rem}tr{display:block;border-top:1px solid var(--line)}th,td,td:nth-child(2){display:block;width:auto;border:0;padding:.15rem 0}td:empty{display:none}td table{width:auto;margin-left:.75rem}}
`;
