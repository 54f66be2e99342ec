import { chromium } from 'playwright-core';

/** Debian's Chromium, or another one named by CHROMIUM. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--force-color-profile=srgb',
];

/** Runs `work` with a browser that connects to the page only, and closes it afterwards. */
export async function withBrowser(work) {
  const browser = await chromium.launch({ executablePath, headless: true, args });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}
