// Adds up test results: `node ci/results.mjs FOLDER` reads every .trx and vitest .json below it, prints skipped tests with
// their reasons and failed tests with their messages, and ends with `passed=N failed=N skipped=N`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const unescape = (text) =>
  text
    .replaceAll(/&#x([0-9A-Fa-f]+);/g, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

/** The results of a .trx: [{name, outcome: passed|failed|skipped, text}]. */
export function readTrx(xml) {
  const results = [];
  for (const [whole, attributes, , body] of xml.matchAll(/<UnitTestResult ([^>]*?)(\/>|>([\s\S]*?)<\/UnitTestResult>)/g)) {
    const name = unescape(/testName="([^"]*)"/.exec(attributes)?.[1] ?? whole.slice(0, 80));
    const outcome = /outcome="([^"]*)"/.exec(attributes)?.[1];
    const said = /<Message>([\s\S]*?)<\/Message>/.exec(body ?? '') ?? /<StdOut>([\s\S]*?)<\/StdOut>/.exec(body ?? '');
    const text = unescape(said?.[1] ?? '').trim();
    results.push({ name, outcome: { Passed: 'passed', NotExecuted: 'skipped' }[outcome] ?? 'failed', text });
  }
  // A run that died says so in its summary, not in a result.
  if (/<ResultSummary outcome="(Failed|Aborted|Error)"/.test(xml) && !results.some((r) => r.outcome === 'failed')) {
    const text = unescape([...xml.matchAll(/<Text>([\s\S]*?)<\/Text>/g)].map((m) => m[1]).join('\n'));
    results.push({ name: 'the test run itself', outcome: 'failed', text: text || 'It ended before its last test.' });
  }
  return results;
}

/** The same of vitest's JSON report. */
export function readVitest(json) {
  return JSON.parse(json).testResults.flatMap((file) =>
    file.assertionResults.length === 0 && file.status === 'failed'
      ? [{ name: file.name, outcome: 'failed', text: file.message ?? '' }]
      : file.assertionResults.map((test) => ({
          name: test.fullName,
          outcome: test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'skipped',
          text: (test.failureMessages ?? []).join('\n'),
        })),
  );
}

export function count(results, outcome) {
  return results.filter((r) => r.outcome === outcome).length;
}

function main([folder]) {
  const results = readdirSync(folder, { recursive: true }).flatMap((entry) => {
    const text = () => readFileSync(path.join(folder, entry), 'utf8');
    if (entry.endsWith('.trx')) return readTrx(text());
    return entry.endsWith('vitest.json') ? readVitest(text()) : [];
  });
  for (const { name, outcome, text } of results) {
    const indented = text.split('\n').slice(0, 30).join('\n    ');
    if (outcome === 'skipped') console.log(`  skipped  ${name}\n    ${indented || 'It gives no reason.'}`);
    if (outcome === 'failed') console.log(`  FAILED   ${name}\n    ${indented}`);
  }
  console.log(`passed=${count(results, 'passed')} failed=${count(results, 'failed')} skipped=${count(results, 'skipped')}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
