// Takes a picture of every state of the page against the mock, runs axe on each, and fails on any fault or console error.
// `npm run build && npm run look [folder [names]]`: without a folder the pictures go to a temporary one;
// `names` is a regular expression.
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preview } from 'vite';
import { withBrowser } from './chromium.mjs';

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'hatcheck-pictures-'));
const axe = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const server = await preview({ preview: { port: 0, host: '127.0.0.1' }, logLevel: 'warn' });
const base = server.resolvedUrls.local[0];
const faults = [];

const wanted = new RegExp(process.argv[3] ?? '');
const wide = { width: 1440, height: 900 };
const states = [
  { name: 'light', scenario: 'lively' },
  { name: 'dark', scenario: 'lively', scheme: 'dark' },
  { name: 'commands', scenario: 'lively', act: (page) => page.getByTestId('composer').fill('/') },
  { name: 'commands-dark', scenario: 'lively', scheme: 'dark', act: (page) => page.getByTestId('composer').fill('/') },
  { name: 'found-nothing', scenario: 'lively', act: (page) => page.getByTestId('find').fill('6120384117') },
  { name: 'found', scenario: 'lively', scheme: 'dark', act: (page) => page.getByTestId('find').fill('telegram') },
  {
    name: 'row-open',
    scenario: 'lively',
    act: async (page) => {
      await page.getByTestId('stored-row').first().getByRole('button').click();
      await page.getByTestId('legend').locator('summary').click();
    },
  },
  { name: 'erased', scenario: 'lively', act: (page) => page.getByRole('button', { name: 'Erase everything' }).click() },
  { name: 'faults', scenario: 'lively', act: (page) => page.getByTestId('faults').click() },
  { name: 'faults-dark', scenario: 'lively', scheme: 'dark', act: (page) => page.getByTestId('faults').click() },
  { name: 'empty', scenario: 'empty' },
  { name: 'empty-dark', scenario: 'empty', scheme: 'dark' },
  { name: 'no-bot', scenario: 'nobot' },
  {
    name: 'new-person',
    scenario: 'lively',
    act: async (page) => {
      await page.getByTestId('person-name').fill('Katherine Johnson');
      await page.getByTestId('person-add').click();
    },
  },
  { name: 'full', scenario: 'full' },
  {
    name: 'full-scrolled',
    scenario: 'full',
    act: async (page) => {
      await page.getByTestId('messages').evaluate((box) => box.scrollTo(0, 200));
    },
  },
  { name: 'failing', scenario: 'lively', failing: true },
  { name: 'failing-dark', scenario: 'lively', failing: true, scheme: 'dark' },
  {
    name: 'narrow-people',
    scenario: 'lively',
    size: { width: 390, height: 844 },
    act: (page) => page.getByRole('tab', { name: 'People' }).click(),
  },
  { name: 'narrow-chat', scenario: 'lively', size: { width: 390, height: 844 } },
  {
    name: 'narrow-database',
    scenario: 'lively',
    size: { width: 390, height: 844 },
    scheme: 'dark',
    act: (page) => page.getByRole('tab', { name: 'Database' }).click(),
  },
  { name: 'tablet', scenario: 'lively', size: { width: 820, height: 1100 } },
].filter(({ name }) => wanted.test(name));

const call = (path) => fetch(new URL(path, base), { method: 'POST' });

await withBrowser(async (browser) => {
  for (const { name, scenario, scheme = 'light', size = wide, act, failing = false } of states) {
    await call('/mock/events?on=true');
    await call(`/mock/scenario?name=${scenario}`);
    const context = await browser.newContext({ viewport: size, colorScheme: scheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !failing) faults.push(`${name}: console: ${message.text()}`);
    });
    page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`));
    await page.goto(base);
    await page.getByTestId('database').or(page.getByRole('tab')).first().waitFor();
    await page.waitForTimeout(500);
    if (failing) await fail(page);
    await act?.(page);
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    for (const { id, help, nodes } of violations)
      faults.push(
        `${name}: axe ${id}: ${help}: ${nodes
          .slice(0, 3)
          .map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? ''})`)
          .join(' | ')}`,
      );
    await context.close();
  }
});
await server.close();

console.log(`${states.length} pictures in ${folder}`);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Every failure at once: no live feed, a refused message, an unreachable database. */
async function fail(page) {
  await call('/mock/events?on=false');
  await call('/mock/failing');
  await page.getByTestId('composer').fill('Does anyone hear me?');
  await page.getByTestId('send').click();
  await page.getByTestId('retry').waitFor();
  await page.getByText('The database could not be read').waitFor({ timeout: 20_000 });
}
