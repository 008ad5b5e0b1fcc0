import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DESK, launch, PHONE, url } from '../browser';
import { framesOf, record, rest, signedInPerson, type Frames } from './measuring';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const SCROLL_MS = 8000;
const NOTCH = 120;
const NOTCH_MS = 16;
const DEEP_MS = 240_000;
const QUERIES = ['red apple', '"golden fox"', 'steps:>20 whale', 'is:favourite rating:>=4', 'nothingmatchesthis'];
const tiles = (page: Page) => page.getByRole('button', { name: /^Open: / });

/** A wheel that is turned without a pause. */
async function scroll(page: Page): Promise<void> {
  await page.mouse.move(700, 500);
  for (const end = performance.now() + SCROLL_MS; performance.now() < end; ) {
    const due = performance.now() + NOTCH_MS;
    await page.mouse.wheel(0, NOTCH);
    await rest(Math.max(0, due - performance.now()));
  }
}

/** Milliseconds from the call to the first picture that can be seen, in the page's own clock. */
const firstGrid = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    for (;;) {
      const shown = document.querySelector<HTMLImageElement>('main ul[aria-label] img');
      if (shown?.complete && shown.naturalWidth > 0) return performance.now();
      await new Promise(requestAnimationFrame);
    }
  });

/** To the end of what is loaded, again and again, until the last picture is there or the time is up; how many are loaded. */
async function goDeep(page: Page): Promise<{ loaded: number; seconds: number }> {
  const began = performance.now();
  const count = async () => Number(await page.locator('main li[aria-setsize]').first().getAttribute('aria-setsize'));
  let loaded = await count();
  for (let still = 0; still < 50 && performance.now() - began < DEEP_MS; ) {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await rest(20);
    const now = await count();
    still = now === loaded ? still + 1 : 0;
    loaded = now;
  }
  return { loaded, seconds: (performance.now() - began) / 1000 };
}

/** The document's elements, and the bytes of what scripts hold once the garbage is gone. */
async function held(page: Page): Promise<{ nodes: number; heap: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize: heap } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { nodes: await page.evaluate(() => document.getElementsByTagName('*').length), heap };
}

async function search(page: Page, words: string): Promise<number> {
  const line = page.getByRole('textbox', { name: 'Search your pictures' });
  await line.fill('');
  await line.press('Enter');
  await tiles(page).first().waitFor();
  await line.fill(words);
  const began = performance.now();
  await line.press('Enter');
  await page.waitForURL(/q=/);
  const found = page.locator('main ul[aria-label] img, main h2').first();
  await page.getByLabel('Loading').waitFor({ state: 'detached' });
  await found.waitFor();
  return performance.now() - began;
}

it('shows, scrolls and searches 100,000 pictures', async () => {
  const { context, page } = await signedInPerson(browser, DESK);
  const figures: Record<string, Frames> = {};
  await page.goto(`${url}/gallery`);
  const grid = await firstGrid(page);
  await rest(500);
  figures.scrolling = await framesOf(page, () => scroll(page));
  const searches: Record<string, number> = {};
  for (const words of QUERIES) searches[words] = await search(page, words);
  await page.goto(`${url}/gallery`);
  await firstGrid(page);
  const deep = await goDeep(page);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await rest(1000);
  figures['scrolling, all loaded'] = await framesOf(page, () => scroll(page));
  const state = await held(page);
  await context.close();

  const phone = await signedInPerson(browser, PHONE);
  await phone.page.goto(`${url}/gallery`);
  const phoneGrid = await firstGrid(phone.page);
  figures['scrolling on a phone'] = await framesOf(phone.page, () => scroll(phone.page));
  await phone.context.close();
  record('gallery', { firstGrid: { desk: grid, phone: phoneGrid }, searches, deep, state, figures });
  expect(figures.scrolling.intervals.length).toBeGreaterThan(50);
}, 600_000);
