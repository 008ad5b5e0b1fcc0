import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administrator, choose, DESK, expectAccessible, expectNoSidewaysScroll, key, launch, make, newest, PHONE, ROUTED, shoot, signedIn, url } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('a screen that loads', () => {
  it.each([
    { form: 'a desk', options: DESK },
    { form: 'a phone', options: PHONE },
  ])('moves nothing that is there already, at $form', async ({ options }) => {
    const { context, page } = await administrator(browser, { ...options, serviceWorkers: 'block' });
    await page.addInitScript(() => {
      const seen = { shift: 0 };
      Object.assign(globalThis, { seen });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) seen.shift += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    for (const path of ['/', '/settings']) {
      await page.goto(url + path);
      await page.locator('main h1').first().waitFor({ state: 'attached' });
      await page.waitForLoadState('networkidle');
      const shift = await page.evaluate(() => (globalThis as unknown as { seen: { shift: number } }).seen.shift);
      expect(shift, `cumulative layout shift of ${path}`).toBeLessThan(0.05); // good, says the browsers' own measure, is below 0.1
    }
    await context.close();
  });
});

describe('Create', () => {
  it('shows progress and previews on the way, and goes on after a reload', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.getByRole('textbox', { name: 'Prompt' }).fill('four houses');
    await choose(page, 'Pictures', '4');
    await choose(page, 'Quality', 'Best');
    await page.getByRole('button', { name: /^Generate/ }).click();
    await page.locator('[data-busy] img').first().waitFor();
    await expect.poll(() => page.title()).toMatch(/^\d+% · Avila Diffusion$/);
    await shoot(page, 'desk-light-create-running');
    await page.reload();
    await page.getByRole('button', { name: 'Open picture 4: four houses' }).waitFor();
    expect((await newest())?.status).toBe('succeeded');
    await page.getByRole('button', { name: 'Open picture 2: four houses' }).click();
    await page.getByRole('dialog').getByText('Seed', { exact: true }).waitFor();
    await expectAccessible(page, 'the large view');
    await page.keyboard.press('ArrowRight');
    await page.getByText('Picture 3 of 4').waitFor();
    await page.getByRole('button', { name: 'Use again' }).click();
    await page.getByRole('menuitem', { name: 'All settings and the seed' }).click();
    const job = await newest();
    expect(await page.getByRole('textbox', { name: 'Seed' }).inputValue()).toBe(String((job?.input.seed ?? 0) + 2));
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says what the gateway refuses', async () => {
    const { context, page } = await signedIn(browser, ROUTED);
    await page.route('**/v1/jobs', (route) =>
      route.fulfill({ status: 429, json: { status: 429, code: 'queue_full', title: 'Too Many Requests', detail: 'full', field: null } }),
    );
    await page.getByRole('textbox', { name: 'Prompt' }).fill('x');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('alert').getByText('Too many people are waiting').waitFor();
    await expectAccessible(page, 'a failure');
    await shoot(page, 'desk-light-create-failed');
    await context.close();
  });
});

describe('the gallery', () => {
  it('compare two pictures by the keyboard, and delete after a question', async () => {
    await make('a red heart', { num_inference_steps: 4, seed: 21 });
    await make('a green tree', { num_inference_steps: 4, seed: 22 });
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    const choices = page.getByRole('button', { name: /^Choose:/ });
    await choices.nth(0).click();
    await choices.nth(1).click();
    await page.getByRole('button', { name: 'Compare' }).click();
    const slider = page.getByRole('slider');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    expect(await slider.inputValue()).toBe('51');
    await page.keyboard.press('Home');
    expect(await slider.inputValue()).toBe('0');
    await page.getByRole('row', { name: /Seed/ }).waitFor();
    await expectAccessible(page, 'the comparison');
    await page.keyboard.press('Escape');
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ input: { prompt: 'deleted after a question', num_inference_steps: 100, num_images: 4 } });
    const { id } = (await (await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body })).json()) as { id: string };
    await fetch(`${url}/v1/jobs/${id}/cancel`, { method: 'POST', headers });
    await page.goto(`${url}/queue`);
    const row = page.getByRole('listitem').filter({ hasText: 'deleted after a question' });
    await row.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('the queue', () => {
  it('is paused, shows places, survives a reload, and cancels and starts again', async () => {
    const { context, page, complaints } = await administrator(browser, DESK);
    await page.getByRole('link', { name: 'Queue' }).click();
    await page.getByRole('button', { name: 'Pause the queue' }).click();
    await page.getByText('paused', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Create' }).click();
    await choose(page, 'Quality', 'Fast');
    for (const prompt of ['the first to wait', 'the second to wait']) {
      await page.getByRole('textbox', { name: 'Prompt' }).fill(prompt);
      await page.keyboard.press('Control+Enter');
      await page.getByText(/^Number \d in the queue/).first().waitFor();
    }
    await page.getByRole('link', { name: 'Queue' }).click();
    const row = (prompt: string) => page.getByRole('listitem').filter({ hasText: prompt });
    await row('the first to wait').getByText(/Number 1 in the queue/).waitFor();
    await page.reload();
    await row('the second to wait').getByText(/Number 2 in the queue/).waitFor();
    await row('the first to wait').getByRole('button', { name: 'Cancel' }).click();
    await row('the second to wait').getByText(/Number 1 in the queue/).waitFor();
    await expectAccessible(page, 'a queue that is paused');
    await shoot(page, 'desk-light-queue-paused');
    await row('the first to wait').getByRole('button', { name: 'Start again' }).click();
    await row('the first to wait').getByText(/Number 2 in the queue/).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Nothing is waiting').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Create' }).click();
    await page.getByRole('button', { name: /^Open picture 1: the first to wait/ }).first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('a phone', () => {
  it('creates by touch alone, without a sideways scroll in any language', async () => {
    const { context, page, complaints } = await signedIn(browser, PHONE);
    await page.getByText('Subject', { exact: true }).tap();
    await page.getByText('portrait', { exact: true }).tap();
    expect(await page.getByRole('textbox', { name: 'Prompt' }).inputValue()).toBe('portrait');
    await page.getByRole('button', { name: /^64 × 64 ·/ }).tap();
    await page.getByRole('radio', { name: 'Tall' }).tap();
    await page.getByRole('button', { name: /Generate/ }).tap();
    await page.getByRole('button', { name: /^Open picture 1: portrait/ }).waitFor();
    for (const language of ['en', 'pt-PT', 'pt-BR', 'fr', 'de']) {
      await page.getByRole('combobox').first().selectOption(language);
      for (const place of ['/', '/gallery', '/queue', '/settings']) {
        await page.locator(`nav:visible a[href="${place}"]`).tap();
        await page.locator('main h1').waitFor({ state: 'attached' });
        await expectNoSidewaysScroll(page, `${place} in ${language}`);
      }
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});
