import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choose, DESK, expectAccessible, key, launch, make, newest, ROUTED, setUpToken, shoot, signedIn, url, visit } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

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
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
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

describe('a day with the page', () => {
  it('goes from typing to the file by the keyboard alone', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.getByRole('textbox', { name: 'Prompt' }).focus();
    await page.keyboard.type('a red apple, golde');
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
    await page.getByRole('button', { name: 'Other files' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'With the recipe' }).click();
    const [copy] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Download as JPEG' }).click()]);
    expect(copy.suggestedFilename()).toMatch(/\.jpg$/);
    const bytes = await readFile(await copy.path());
    expect(bytes.subarray(0, 3).toString('hex')).toBe('ffd8ff');
    expect(bytes.includes('golden hour')).toBe(false);
    expect(bytes.includes('trainedAlgorithmicMedia')).toBe(true); // the mark that it was made by a machine stays
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('cancels on the second Escape, and the gateway knows of it', async () => {
    const { context, page } = await signedIn(browser, DESK);
    await page.getByRole('textbox', { name: 'Prompt' }).fill('never to be seen');
    await choose(page, 'Pictures', '4');
    await choose(page, 'Size', 'Large'); // on a fast machine a small picture is there before the second Escape
    await choose(page, 'Quality', 'Best');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    const cancelled = page.getByRole('heading', { name: 'Cancelled' });
    // where the drawing takes all of the machine, the second press may come after the time for it: then it was a first again
    for (let tries = 0; tries < 5 && !(await cancelled.isVisible()); tries += 1) {
      await page.keyboard.press('Escape');
      await page.getByText('Press Esc again to cancel').first().waitFor();
      await page.keyboard.press('Escape');
      await cancelled.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    await cancelled.waitFor();
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

  it('finds pictures by the words of their prompts and by their numbers', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await make('a blue fish', { num_inference_steps: 4, seed: 11 });
    await make('a yellow star', { num_inference_steps: 5, seed: 12 });
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    const found = page.getByRole('button', { name: /^Open: / });
    const line = page.getByRole('textbox', { name: 'Search your pictures' });
    for (const [words, expected] of [
      ['prompt:fish', /^Open: a blue fish/],
      ['star steps:5', /^Open: a yellow star/],
      ['seed:11', /^Open: a blue fish/],
    ] as const) {
      await line.fill(words);
      await line.press('Enter');
      await page.getByRole('button', { name: expected }).waitFor();
      await expect.poll(() => found.count()).toBe(1);
    }
    await line.fill('star steps:>90');
    await line.press('Enter');
    await page.getByText('Nothing was found').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

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
