import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/core/finding.ts';
import { rememberSecret } from '../../src/core/redact.ts';
import { type ReportFormat, renderFindings } from '../../src/report/index.ts';
import { makeStyle } from '../../src/report/text/style.ts';
import type { Report } from '../../src/report/types.ts';
import { junitProblems } from '../helpers/junit.ts';

const findings: Finding[] = [
  {
    id: 'a/b',
    severity: 'error',
    message: 'port <7880> & "more": wrong',
    hint: 'write 7880,\nwithout quotes',
    file: 'conf dir/a.yaml',
    line: 2,
    column: 7,
    docs: 'https://example.com/a',
  },
  { id: 'c/d', severity: 'warning', message: 'of the file as a whole', file: 'conf dir/a.yaml' },
  { id: 'e/f', severity: 'info', message: 'of no file' },
];
const report: Report = {
  findings,
  subjects: ['conf dir/a.yaml', 'b.yaml'],
  sources: new Map([['conf dir/a.yaml', 'rtc: {}\nport: "7880" # correct-horse-secret\n']]),
  rules: [{ id: 'a/b', title: 'T', severity: 'error', why: 'W', fix: 'F', docs: 'https://example.com/a' }],
  version: '1.2.3',
  now: new Date('2026-11-01T12:00:00.789Z'),
};
const render = (format: ReportFormat, over: Partial<Report> = {}) =>
  renderFindings(format, { ...report, ...over }, makeStyle(false));

describe('text', () => {
  test('shows the line with a caret, and counts', () => {
    expect(render('text')).toBe(`conf dir/a.yaml:2:7 error port <7880> & "more": wrong [a/b]
  2 | port: "7880" # correct-horse-secret
    |       ^
  → write 7880,
without quotes
conf dir/a.yaml warning of the file as a whole [c/d]
info of no file [e/f]
1 error, 1 warning, 1 note
`);
  });
  test('says nothing of nothing', () => expect(render('text', { findings: [] })).toBe(''));
  test('hides secrets in the line, and points at the right place of what is left', () => {
    rememberSecret('correct-horse-secret');
    const line = 'keys: {a: correct-horse-secret, b: 1}';
    const column = line.indexOf('b: 1') + 1;
    const text = render('text', {
      findings: [{ id: 'a/b', severity: 'error', message: 'm', file: 'x', line: 1, column }],
      sources: new Map([['x', line]]),
    });
    expect(text).toContain('  1 | keys: {a: ********, b: 1}\n    |                     ^');
    expect(text).not.toContain('correct-horse');
  });
  test('cuts a long line around the place', () => {
    const line = `${'x'.repeat(500)}HERE${'y'.repeat(500)}`;
    const text = render('text', {
      findings: [{ id: 'a/b', severity: 'error', message: 'm', file: 'x', line: 1, column: 501 }],
      sources: new Map([['x', line]]),
    });
    const [, shown = '', caret = ''] = text.split('\n');
    expect(shown.length).toBeLessThan(140);
    expect(shown[caret.indexOf('^')]).toBe('H');
  });
});

describe('SARIF', () => {
  const file = createRequire(import.meta.url).resolve('schemastore/schemas/json/sarif-2.1.0.json');
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  const ajv = new Ajv({ strict: false, unicodeRegExp: false });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  const validate = ajv.compile(schema);

  test.each([
    ['findings', {}],
    ['nothing', { findings: [], subjects: [] }],
  ])('%s are valid by the published schema', (_, over) => {
    const valid = validate(JSON.parse(render('sarif', over)));
    expect(validate.errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });
  test('the schema refuses what is none', () => {
    expect(validate({ version: '2.1.0', runs: [{}] })).toBe(false);
  });
  test('rules, places and levels are there', () => {
    const [run] = JSON.parse(render('sarif')).runs;
    expect(run.tool.driver.rules[0]).toMatchObject({ id: 'a/b', shortDescription: { text: 'T' } });
    expect(run.results[0]).toMatchObject({
      ruleId: 'a/b',
      ruleIndex: 0,
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'conf%20dir/a.yaml' },
            region: { startLine: 2, startColumn: 7 },
          },
        },
      ],
    });
    expect(run.results.map(({ level }: { level: string }) => level)).toEqual(['error', 'warning', 'note']);
  });
});

test('GitHub annotations escape what ends a property or a line', () => {
  expect(render('github').split('\n')).toEqual([
    '::error file=conf dir/a.yaml,line=2,col=7,title=a/b::port <7880> & "more": wrong%0Awrite 7880,%0Awithout quotes',
    '::warning file=conf dir/a.yaml,title=c/d::of the file as a whole',
    '::notice title=e/f::of no file',
    '',
  ]);
});

describe('JUnit', () => {
  test.each([
    ['findings', {}],
    ['nothing', { findings: [] }],
    ['nothing of nothing', { findings: [], subjects: [] }],
    [
      'what XML can hardly hold',
      {
        findings: [
          { id: 'x/y', severity: 'error', message: '\u0007 ]]> \ud800 😀 \uffff', file: 'b\t".yaml' },
        ],
      },
    ],
  ] satisfies [string, Partial<Report>][])('%s: valid by the schemas of Ant and Jenkins', async (_, over) => {
    expect(await junitProblems(render('junit', over))).toEqual([]);
  });
  test('the schemas refuse what is none', async () => {
    const problems = await junitProblems('<testsuites><testsuite name="a"/></testsuites>');
    expect(problems).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Ant: /), expect.stringMatching(/^Jenkins: /)]),
    );
  });
  test('errors fail, the rest passes and is said', () => {
    expect(
      render('junit'),
    ).toContain(`  <testsuite name="conf dir/a.yaml" package="bedrud" id="0" tests="2" failures="1" errors="0" hostname="localhost" timestamp="2026-11-01T12:00:00" time="0">
    <properties>
      <property name="bedrud" value="1.2.3"/>
    </properties>
    <testcase classname="conf dir/a.yaml" name="a/b 2:7" time="0"><failure type="a/b" message="port &lt;7880&gt; &amp; &quot;more&quot;: wrong">conf dir/a.yaml:2:7 error: port &lt;7880&gt; &amp; &quot;more&quot;: wrong
write 7880,
without quotes</failure></testcase>
    <testcase classname="conf dir/a.yaml" name="c/d" time="0"/>
    <system-out>conf dir/a.yaml warning: of the file as a whole</system-out>
    <system-err/>
  </testsuite>
`);
  });
  test('a subject without findings passed', () => {
    expect(render('junit', { findings: [] })).toContain(
      '<testcase classname="b.yaml" name="no findings" time="0"/>',
    );
  });
});
