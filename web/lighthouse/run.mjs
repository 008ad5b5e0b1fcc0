// Lighthouse's scores of the running page. `make bench-page` starts the service and names it in the environment; the
// package is installed for this alone, so that building the page does not need it.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import lighthouse, { desktopConfig } from 'lighthouse';

const { chromium } = createRequire(new URL('../package.json', import.meta.url))('playwright-core');
const { AVILA_E2E_URL: url, AVILA_E2E_EMAIL: email, AVILA_E2E_PASSWORD: password, AVILA_E2E_BROWSER: executablePath, AVILA_MEASURES: folder } = process.env;
const PORT = 9200 + (process.pid % 500);
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const METRICS = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index'];

const { version } = JSON.parse(readFileSync(new URL('node_modules/lighthouse/package.json', import.meta.url), 'utf8'));
const profile = join(folder, 'profile');
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  args: ['--no-sandbox', '--disable-dev-shm-usage', `--remote-debugging-port=${PORT}`],
});

/** Whether a part of the category's score is missing; what cannot be applied has none. */
const isShort = ({ score }) => score !== null && score < 1;

async function score(address, form) {
  const options = { port: PORT, onlyCategories: CATEGORIES, disableStorageReset: true, logLevel: 'error' };
  const result = await lighthouse(address, options, form === 'desktop' ? desktopConfig : undefined);
  const { categories, audits, runtimeError } = result.lhr;
  if (runtimeError) throw new Error(`${address}: ${runtimeError.message}`);
  const weighed = Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0));
  return {
    address: new URL(result.lhr.finalDisplayedUrl).pathname,
    form,
    scores: Object.fromEntries(Object.entries(categories).map(([name, category]) => [name, category.score])),
    metrics: Object.fromEntries(METRICS.map((name) => [name, audits[name].numericValue])),
    short: [...new Set(weighed.map(({ id }) => id))].filter((id) => isShort(audits[id]) && !METRICS.includes(id)).map((id) => audits[id].title),
  };
}

try {
  const found = [];
  for (const form of ['mobile', 'desktop']) found.push({ page: 'sign-in', ...(await score(`${url}/`, form)) });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('main form input').first().fill(email);
  await page.locator('main form input').nth(1).fill(password);
  await page.keyboard.press('Enter');
  await page.locator('main textarea').first().waitFor();
  await page.close();
  for (const [name, path] of [['Create', '/'], ['Gallery', '/gallery'], ['Settings', '/settings']]) {
    for (const form of ['mobile', 'desktop']) found.push({ page: name, ...(await score(url + path, form)) });
  }
  writeFileSync(join(folder, 'lighthouse.json'), JSON.stringify({ version, found }));
} finally {
  await context.close();
}
