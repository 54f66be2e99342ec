// The scripts that decide whether ./test passes are themselves tested: `node --test ci/`.
import assert from 'node:assert/strict';
import test from 'node:test';
import { addCobertura, summarise } from './coverage.mjs';
import { count, readTrx, readVitest } from './results.mjs';

test('passed, failed and skipped tests of a trx are told apart, with the reasons of the latter two', () => {
  const results = readTrx(`
    <UnitTestResult testName="A.One" outcome="Passed" duration="1" />
    <UnitTestResult testName="A.Two(x: &quot;&lt;&quot;)" outcome="Failed">
      <Output><ErrorInfo><Message>1 &lt; 2</Message></ErrorInfo></Output></UnitTestResult>
    <UnitTestResult testName="A.Three" outcome="NotExecuted">
      <Output><ErrorInfo><Message>no server</Message></ErrorInfo></Output></UnitTestResult>
    <ResultSummary outcome="Failed">`);
  assert.deepEqual(results.map((r) => r.outcome), ['passed', 'failed', 'skipped']);
  assert.equal(results[1].name, 'A.Two(x: "<")');
  assert.equal(results[1].text, '1 < 2');
  assert.equal(results[2].text, 'no server');
});

test('a test run that died without a failed test counts as a failure', () => {
  const results = readTrx(
    '<UnitTestResult testName="A" outcome="Passed" /><ResultSummary outcome="Failed"><Text>Test host process crashed</Text>',
  );
  assert.equal(count(results, 'failed'), 1);
  assert.match(results[1].text, /crashed/);
});

test('vitest results are read, and a file that does not even load is a failure', () => {
  const results = readVitest(JSON.stringify({
    testResults: [
      {
        name: 'a',
        status: 'passed',
        assertionResults: [{ fullName: 'a b', status: 'passed' }, { fullName: 'a c', status: 'pending' }],
      },
      { name: 'broken.ts', status: 'failed', message: 'SyntaxError', assertionResults: [] },
    ],
  }));
  assert.deepEqual(results.map((r) => r.outcome), ['passed', 'skipped', 'failed']);
});

test('coverage merges lines that different projects ran and looks at src/ only', () => {
  const report = (hits1, hits2) => `<sources><source>/r/</source></sources>
    <class name="X" filename="src/P/X.cs"><lines><line number="1" hits="${hits1}" />
      <line number="2" hits="${hits2}" /></lines></class>
    <class name="G" filename="src/P/obj/G.cs"><lines><line number="1" hits="0" /></lines></class>
    <class name="T" filename="tests/T.cs"><lines><line number="1" hits="0" /></lines></class>`;
  const files = addCobertura(addCobertura(new Map(), report(1, 0), '/r'), report(0, 0), '/r');
  assert.deepEqual(summarise(files).all, { covered: 1, lines: 2 });
  addCobertura(files, report(0, 3), '/r');
  assert.deepEqual(summarise(files).all, { covered: 2, lines: 2 });
});
