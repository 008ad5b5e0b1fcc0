import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, DESK, expectAccessible, expectNoSidewaysScroll, key, launch, PHONE, setUpToken, shoot, signedIn, signInByKey, url, visit } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Jobs {
  results: { id: string; status: string; input: { prompt: string; seed: number; num_images: number } }[];
}
const newest = async () => (await ask<Jobs>('/v1/jobs?limit=1')).results[0];
/** A label of a group of choices; its radio lies hidden under it. */
const choose = (page: Page, group: string, label: string) =>
  page.getByRole('radiogroup', { name: group }).getByText(label, { exact: true }).click();
/** Playwright answers in the gateway's place only where no service worker stands between. */
const ROUTED = { ...DESK, serviceWorkers: 'block' } as const;
const PNG = '89504e470d0a1a0a';

describe('the first visit', () => {
  const password = 'correct horse battery';

  it('makes the first administrator, who then signs out and in again', async () => {
    const { context, page, complaints } = await visit(browser, DESK);
    await page.getByRole('heading', { name: 'Avila Diffusion' }).waitFor();
    await page.goto(`${url}/#setup=${setUpToken}`);
    await page.reload();
    await page.getByLabel('E-mail').fill('ana@example.org');
    await expectAccessible(page, 'set-up');
    await shoot(page, 'desk-light-set-up');
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
    expect(page.url()).toBe(`${url}/`);
    const stored = await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie]));
    expect(stored).not.toMatch(/eyJ|horse/); // neither a token nor the password is where a script could read it
    await page.reload();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('ana@example.org').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail').fill('ana@example.org');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The e-mail address or the password is not right.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    await context.close();
  });

  it('refuses a wrong key in words and lets a right one in', async () => {
    const { context, page } = await visit(browser, DESK);
    await page.getByRole('button', { name: 'Use an API key instead' }).click();
    await page.getByLabel('API key', { exact: true }).fill(`${key.slice(0, -1)}!`);
    await page.keyboard.press('Enter');
    await page.getByText('This key is not valid').waitFor();
    await page.getByLabel('API key', { exact: true }).fill(key);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
    expect(await page.evaluate(() => JSON.stringify(Object.entries(localStorage)))).not.toContain(key);
    await context.close();
  });
});

describe('Create', () => {
  it('goes from typing to the file by the keyboard alone', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.getByRole('textbox', { name: 'Prompt' }).focus();
    await page.keyboard.type('a red apple, gol');
    await page.getByRole('option', { name: 'golden hour' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('4k');
    await page.keyboard.press('Control+ArrowUp');
    const prompt = 'a red apple, golden hour, (4k:1.1)';
    expect(await page.getByRole('textbox', { name: 'Prompt' }).inputValue()).toBe(prompt);
    await page.keyboard.press('Control+z');
    expect(await page.getByRole('textbox', { name: 'Prompt' }).inputValue()).not.toBe(prompt);
    await page.keyboard.press('Control+Shift+z');
    await page.keyboard.press('Control+Enter');
    const picture = page.getByRole('button', { name: /^Open picture 1/ });
    await picture.waitFor();
    await expect.poll(() => page.getByTestId('announcement').textContent()).toBe('The picture is ready');
    await picture.focus();
    const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Control+s')]);
    const job = await newest();
    expect(file.suggestedFilename()).toBe(`a-red-apple-golden-hour-4k-1-1-${job?.input.seed}.png`);
    expect((await readFile(await file.path())).subarray(0, 8).toString('hex')).toBe(PNG);
    expect(job).toMatchObject({ status: 'succeeded', input: { prompt } });
    expect(complaints).toEqual([]);
    await context.close();
  });

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

  it('cancels on the second Escape, and the gateway knows of it', async () => {
    const { context, page } = await signedIn(browser, DESK);
    await page.getByRole('textbox', { name: 'Prompt' }).fill('never to be seen');
    await choose(page, 'Pictures', '4');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Press Esc again to cancel').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Cancelled' }).waitFor();
    await expect.poll(async () => (await newest())?.status).toBe('canceled');
    await context.close();
  });

  it('survives a lost connection in the middle of a picture: it asks for what came after the last event it heard', async () => {
    const { context, page } = await signedIn(browser, ROUTED);
    const resumedFrom: (string | undefined)[] = [];
    await page.route('**/v1/jobs/*/events', async (route) => {
      resumedFrom.push(route.request().headers()['last-event-id']);
      const isFirst = resumedFrom.length === 1;
      if (isFirst) await route.fulfill({ contentType: 'text/event-stream', body: 'id: 1\nevent: queued\ndata: {}\n\n' });
      else await route.continue();
    });
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a patient snail');
    await choose(page, 'Pictures', '2');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Connection lost, trying again …').first().waitFor();
    await page.getByRole('button', { name: 'Open picture 2: a patient snail' }).waitFor();
    expect(resumedFrom.slice(0, 2)).toEqual([undefined, '1']);
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

describe('gallery and queue', () => {
  it('compare two pictures by the keyboard, and delete after a question', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.keyboard.press('g');
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    const choices = page.getByRole('button', { name: /^Choose:/ });
    await choices.nth(0).click();
    await choices.nth(1).click();
    const slider = page.getByRole('slider');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    expect(await slider.inputValue()).toBe('51');
    await page.keyboard.press('Home');
    expect(await slider.inputValue()).toBe('0');
    await page.getByRole('row', { name: /Seed/ }).waitFor();
    await expectAccessible(page, 'the comparison');
    await page.keyboard.press('Escape');
    await page.goto(`${url}/queue`);
    const row = page.getByRole('listitem').filter({ hasText: 'never to be seen' });
    await row.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
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
    await page.getByRole('button', { name: /128 × 128/ }).tap();
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

describe('languages and themes', () => {
  it('follow the browser at first, then the reader, and stay', async () => {
    const { context, page } = await visit(browser, { ...DESK, locale: 'pt-BR', colorScheme: 'dark' });
    await page.getByRole('button', { name: 'Entrar' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme)).toBe('dark');
    await page.getByRole('combobox', { name: 'Idioma' }).selectOption('de');
    await page.getByRole('combobox', { name: 'Farbschema' }).selectOption('light');
    await page.reload();
    await page.getByRole('button', { name: 'Anmelden' }).waitFor();
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.mantineColorScheme])).toEqual(['de', 'light']);
    await context.close();
  });
});

describe('offline', () => {
  it('the shell opens from the service worker and says what is missing', async () => {
    const { context, page } = await signedIn(browser, DESK);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await page.reload();
    await context.setOffline(true);
    await page.reload();
    await page.getByText('The server cannot be reached').waitFor({ timeout: 60_000 });
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
    await context.close();
  });

  it('can be installed: manifest, icons and worker are what a browser wants', async () => {
    const manifest = (await (await fetch(`${url}/manifest.webmanifest`)).json()) as {
      icons: { src: string; sizes: string; purpose: string }[];
      display: string;
      start_url: string;
    };
    expect(manifest).toMatchObject({ display: 'standalone', start_url: '/' });
    expect(manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toContain('512x512 maskable');
    for (const { src } of manifest.icons) expect((await fetch(url + src)).status).toBe(200);
  });
});

const LOOKS = [
  { name: 'desk-light', options: { ...DESK, colorScheme: 'light' } },
  { name: 'desk-dark', options: { ...DESK, colorScheme: 'dark' } },
  { name: 'phone-light', options: { ...PHONE, colorScheme: 'light' } },
  { name: 'phone-dark', options: { ...PHONE, colorScheme: 'dark' } },
] as const;

describe.each(LOOKS)('every screen on $name', ({ name, options }) => {
  it('has no serious accessibility issue', async () => {
    const { context, page } = await visit(browser, options);
    await page.locator('main form').waitFor();
    await expectAccessible(page, `${name}: sign-in`);
    await shoot(page, `${name}-sign-in`);
    await signInByKey(page);
    await page.getByRole('button', { name: /^Open picture 1/ }).first().waitFor();
    await expectAccessible(page, `${name}: create`);
    await shoot(page, `${name}-create`, 'isMobile' in options);
    await page.getByRole('button', { name: 'Templates' }).click();
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page, `${name}: templates`);
    await shoot(page, `${name}-templates`);
    await page.keyboard.press('Escape');
    for (const place of ['gallery', 'queue', 'settings']) {
      await page.goto(`${url}/${place}`);
      await page.locator('main h1').waitFor();
      await page.waitForLoadState('networkidle');
      await expectAccessible(page, `${name}: ${place}`);
      await shoot(page, `${name}-${place}`);
    }
    await page.locator('header').getByRole('combobox', { name: 'Theme' }).selectOption('contrast');
    await page.goto(url);
    await page.getByRole('button', { name: /^Open picture 1/ }).first().waitFor();
    await expectAccessible(page, `${name}: create in high contrast`);
    await shoot(page, `${name}-contrast`);
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page, `${name}: help`);
    await context.close();
  });
});
