import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choose, DESK, expectAccessible, generated, launch, PHONE, signedIn, url } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('the prompt', () => {
  it('is filled from a template, goes with a style and a LoRA, and every fact of its picture can be taken over again', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    const prompt = page.getByRole('textbox', { name: 'Prompt' });
    await page.getByRole('button', { name: 'Templates' }).click();
    const form = page.getByRole('dialog', { name: 'Templates' });
    await form.getByRole('textbox').first().waitFor();
    for (const field of await form.getByRole('textbox').all()) if ((await field.inputValue()) === '') await field.fill('lighthouse');
    const promised = (await form.locator('pre').textContent()) ?? '';
    await form.getByRole('button', { name: 'Use it' }).click();
    await form.waitFor({ state: 'detached' });
    expect(await prompt.inputValue()).toBe(promised);
    expect(promised).toContain('lighthouse');

    await page.getByRole('button', { name: 'Styles' }).click();
    const group = (name: string) => page.getByRole('group', { name });
    await group('Styles').getByText('Anime', { exact: true }).click();
    await group('LoRAs').getByText('blob', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Weight of blob' }).fill('0.8');
    await page.getByRole('button', { name: 'Roll a new seed and keep it' }).click();
    const seed = await page.getByRole('textbox', { name: 'Seed' }).inputValue();
    await page.getByRole('button', { name: 'Advanced' }).click();
    const steps = page.getByRole('textbox', { name: 'Steps' });
    await steps.fill('7');
    await steps.press('Tab');
    const { input } = await generated(page);
    expect(input).toMatchObject({ loras: [{ name: 'blob', weight: 0.8 }], seed: Number(seed), num_inference_steps: 7 });
    expect(input.prompt).toBe(`anime illustration of ${promised}, clean lines, vivid colors`); // as the style's title says it

    await choose(page, 'Quality', 'Best');
    expect(await steps.inputValue()).not.toBe('7');
    await page.getByRole('button', { name: '7', exact: true }).first().click(); // of the recipe
    await expect.poll(() => steps.inputValue()).toBe('7');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says how many tokens it has, and at which words a further chunk begins', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.getByRole('textbox', { name: 'Prompt' }).fill(Array.from({ length: 30 }, (_, index) => `apple ${index}`).join(', '));
    await page.getByText(/^\d+ tokens of \d+/).waitFor();
    await page.getByText(/^Chunk 2 begins at:/).waitFor();
    await expectAccessible(page, 'a long prompt');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is completed by a finger', async () => {
    const { context, page } = await signedIn(browser, PHONE);
    const prompt = page.getByRole('textbox', { name: 'Prompt' });
    await prompt.tap();
    await page.keyboard.type('a cat, gol');
    await page.getByRole('option', { name: /golden hour/ }).tap();
    expect(await prompt.inputValue()).toBe('a cat, golden hour, ');
    await context.close();
  });
});

describe('keys and motion', () => {
  it('Ctrl+H opens the gallery, ? lists the keys, and one that was chosen anew starts a picture', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a key');
    await page.keyboard.press('Control+h');
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('button', { name: 'Change: Generate' }).click();
    await page.keyboard.press('Control+m');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Create' }).click();
    await page.getByRole('textbox', { name: 'Prompt' }).focus();
    await page.keyboard.press('Control+m');
    await page.getByRole('button', { name: /^Open picture 1: a key/ }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('nothing moves for who wants no motion', async () => {
    const { context, page } = await signedIn(browser, { ...DESK, reducedMotion: 'reduce' });
    await page.goto(`${url}/gallery`);
    const longest = () =>
      page.evaluate(() => {
        const seconds = [...document.querySelectorAll('*')].flatMap((element) => {
          const { transitionDuration, animationDuration } = getComputedStyle(element);
          return `${transitionDuration}, ${animationDuration}`.split(', ').map(Number.parseFloat);
        });
        return Math.max(...seconds);
      });
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    expect(await longest()).toBeLessThanOrEqual(0.001);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await longest()).toBeGreaterThan(0.05); // and for others something does
    await context.close();
  });
});
