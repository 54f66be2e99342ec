// Takes the README's picture from a running demo: `npm run picture -- http://127.0.0.1:8080 [file]`.
// It adds two people and chats as one of them, so use a fresh demo.
import { fileURLToPath } from 'node:url';
import { withBrowser } from './chromium.mjs';

const [address, file = fileURLToPath(new URL('../../docs/images/demo.png', import.meta.url))] = process.argv.slice(2);
if (!address) {
  console.error('Usage: npm run picture -- ADDRESS [FILE]   (ADDRESS of a running `hatcheck demo`)');
  process.exit(2);
}

await withBrowser(async (browser) => {
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  await page.goto(address);
  await page.getByText('Live', { exact: true }).waitFor();

  await add(page, 'Grace Hopper');
  await say(page, '/start');
  await add(page, 'Ada Lovelace');
  for (const command of ['/start', '/exportdata', '/logout']) await say(page, command);

  const ada = page.getByTestId('person').filter({ hasText: 'Ada Lovelace' }).last();
  await page.getByTestId('find').fill(await ada.getAttribute('data-person-id'));
  await page.getByTestId('find-result').waitFor();
  // The page reads the database once more a moment after the last event.
  await page.waitForTimeout(2_500);
  await page.getByTestId('find').blur();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: file });
  console.log(file);
});

async function add(page, name) {
  await page.getByTestId('person-name').fill(name);
  await page.getByTestId('person-add').click();
  await page.getByTestId('person').filter({ hasText: name }).last().and(page.locator('[aria-current]')).waitFor();
  await page.getByTestId('start').waitFor();
}

/** Sends a text and waits for the bot's answer to it. */
async function say(page, text) {
  const answers = page.locator('[data-testid="message"][data-from="bot"]');
  const before = await answers.count();
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
  await answers.nth(before).waitFor();
}
