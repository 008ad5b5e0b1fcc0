import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DESK, launch, PHONE, ROUTED, url, violationsOf } from '../browser';
import { record, rest, signedInPerson } from './measuring';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Vitals {
  fcp: number;
  lcp: number;
  cls: number;
  /** What tasks took beyond 50 ms each, after the first paint. */
  tbt: number;
  /** When the prompt could be written in. */
  usable: number;
  scriptBytes: number;
  bytes: number;
  requests: number;
}

/** Slow 4G and a processor four times slower, as Lighthouse's mobile setting has them. */
async function slowDown(session: CDPSession): Promise<void> {
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: (1.6 * 1e6) / 8, uploadThroughput: (0.75 * 1e6) / 8 });
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
}

/** Create, loaded by somebody who is signed in and whose browser keeps nothing of it. */
async function load(page: Page, isSlow: boolean): Promise<Vitals> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  if (isSlow) await slowDown(session);
  await page.addInitScript(() => {
    const seen = { lcp: 0, cls: 0, tasks: [] as [number, number][] };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => (seen.lcp = list.getEntries().at(-1)?.startTime ?? 0)).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) if (!entry.hadRecentInput) seen.cls += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ startTime, duration }): [number, number] => [startTime, duration]))).observe({ type: 'longtask', buffered: true });
  });
  await page.goto('about:blank');
  await page.goto(url);
  await page.locator('main textarea').first().waitFor();
  const usable = await page.evaluate(() => performance.now());
  await page.waitForLoadState('networkidle');
  await rest(3000);
  const vitals = await page.evaluate(() => {
    const { lcp, cls, tasks } = (globalThis as unknown as { seen: { lcp: number; cls: number; tasks: [number, number][] } }).seen;
    const fcp = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
    const all = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const sum = (entries: PerformanceResourceTiming[]) => entries.reduce((total, { encodedBodySize }) => total + encodedBodySize, 0);
    const tbt = tasks.filter(([start]) => start >= fcp).reduce((total, [, duration]) => total + duration - 50, 0);
    return { fcp, lcp, cls, tbt, scriptBytes: sum(all.filter(({ name }) => name.endsWith('.js'))), bytes: sum(all), requests: all.length };
  });
  await session.detach();
  return { ...vitals, usable };
}

const ROUNDS = 5;
const WAYS: Record<string, { options: BrowserContextOptions; isSlow: boolean }> = {
  desk: { options: ROUTED, isSlow: false },
  'phone, slow 4G, processor four times slower': { options: { ...PHONE, serviceWorkers: 'block' }, isSlow: true },
};

it('loads Create', async () => {
  const loads: Record<string, Vitals[]> = {};
  for (const [name, { options, isSlow }] of Object.entries(WAYS)) {
    loads[name] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { context, page } = await signedInPerson(browser, options);
      loads[name].push(await load(page, isSlow));
      await context.close();
    }
  }
  record('load', loads);
  expect(Object.values(loads).flat().every(({ scriptBytes }) => scriptBytes < 200_000)).toBe(true);
}, 600_000);

it('can be installed', async () => {
  const { context, page } = await signedInPerson(browser, DESK);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await page.locator('main textarea').first().waitFor();
  const session = await context.newCDPSession(page);
  const { errors, data = '{}' } = (await session.send('Page.getAppManifest')) as { errors: unknown[]; data?: string };
  const { installabilityErrors } = (await session.send('Page.getInstallabilityErrors')) as { installabilityErrors: { errorId: string }[] };
  const manifest = JSON.parse(data) as { icons: { sizes: string; purpose: string }[]; share_target?: unknown; display: string };
  const hasIcon = (size: string, purpose: string) => manifest.icons.some((icon) => icon.sizes === size && icon.purpose === purpose);
  const isControlled = await page.evaluate(() => navigator.serviceWorker.controller !== null);
  await context.setOffline(true);
  await page.reload();
  const opensOffline = await page.getByText('The server cannot be reached').waitFor({ timeout: 30_000 }).then(() => true, () => false);
  record('installable', {
    'the manifest has no errors': errors.length === 0,
    'the browser names nothing that is missing': installabilityErrors.every(({ errorId }) => errorId === 'in-incognito'), // a measure's context is one
    'it stands alone': manifest.display === 'standalone',
    'icons of 192 and 512 pixels, and a maskable one': hasIcon('192x192', 'any') && hasIcon('512x512', 'any') && hasIcon('512x512', 'maskable'),
    'other apps can share pictures to it': manifest.share_target !== undefined,
    'a service worker controls the page': isControlled,
    'it opens without a network': opensOffline,
  });
  await context.close();
});

it('is accessible', async () => {
  const counted: Record<string, Record<string, string[]>> = {};
  for (const colorScheme of ['light', 'dark'] as const) {
    const { context, page } = await signedInPerson(browser, { ...DESK, colorScheme });
    for (const place of ['/', '/gallery', '/queue', '/models', '/settings', '/admin']) {
      await page.goto(url + place);
      await page.locator('main h1').first().waitFor({ state: 'attached' });
      await page.waitForLoadState('networkidle');
      const found: Record<string, string[]> = { critical: [], serious: [], moderate: [], minor: [] };
      for (const { id, impact } of await violationsOf(page)) found[impact ?? 'minor']?.push(id);
      counted[`${place} ${colorScheme}`] = found;
    }
    await context.close();
  }
  record('axe', counted);
}, 300_000);
