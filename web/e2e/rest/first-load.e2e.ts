import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, ROUTED, signedIn, url } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('the first load', () => {
  it.each(['en', 'de'])('of Create, whatever it fetches by itself included, is under 200 kB of gzipped script (%s)', async (locale) => {
    const { context, page } = await signedIn(browser, { ...ROUTED, locale });
    await page.goto('about:blank');
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.goto(url);
    await page.locator('main textarea').first().waitFor();
    await page.waitForLoadState('networkidle');
    const scripts = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => name.endsWith('.js'))
        .map(({ name, encodedBodySize, decodedBodySize }) => ({ name, sent: encodedBodySize, whole: decodedBodySize })),
    );
    const sum = (key: 'sent' | 'whole') => scripts.reduce((total, script) => total + script[key], 0);
    console.info(`${locale}: ${scripts.length} scripts, ${sum('sent')} bytes on the wire, ${sum('whole')} unpacked`);
    expect(sum('whole')).toBeGreaterThan(400_000); // the page, and not a stored copy of nothing
    expect(sum('sent')).toBeLessThan(200_000);
    await context.close();
  });
});
