import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { DESK, expectAccessible, expectNoSidewaysScroll, launch, make, PHONE, shoot, signInByKey, url, visit } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
  const demo = ['a red apple, noto style', 'a blue fish', 'a yellow star', 'a green tree', 'a pink gift, fluent style', 'a sunflower', 'a cat face', 'a rocket'];
  for (const [index, prompt] of demo.entries()) await make(prompt, { seed: 31 + index });
  await make('a house and a tree', { seed: 5, num_images: 4 });
});
afterAll(() => browser.close());

const LOOKS: { name: string; options: BrowserContextOptions }[] = [
  { name: 'desk-light', options: { ...DESK, colorScheme: 'light' } },
  { name: 'desk-dark', options: { ...DESK, colorScheme: 'dark' } },
  { name: 'phone-light', options: { ...PHONE, colorScheme: 'light' } },
  { name: 'phone-dark', options: { ...PHONE, colorScheme: 'dark' } },
];

const goTo = (path: string) => async (page: Page) => {
  await page.goto(url + path);
  await page.locator('main h1').first().waitFor({ state: 'attached' });
  await page.waitForLoadState('networkidle');
};
const dialog = (page: Page) => page.getByRole('dialog').waitFor();

/** Every screen and every dialogue, by the way that leads to it. */
const SCREENS: Record<string, (page: Page) => Promise<unknown>> = {
  create: async (page) => {
    await goTo('/')(page);
    await page.getByRole('button', { name: /^Open picture 1/ }).first().waitFor();
  },
  extras: async (page) => {
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a red apple, noto style');
    await page.getByText(/tokens? of/).waitFor();
    await page.getByRole('button', { name: 'Styles' }).click();
    await page.getByText('blob', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Ideas' }).click();
  },
  templates: async (page) => {
    await page.getByRole('button', { name: 'Templates' }).click();
    await dialog(page);
  },
  help: async (page) => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await dialog(page);
  },
  gallery: goTo('/gallery'),
  picture: async (page) => {
    await page.getByRole('button', { name: /^Open: / }).first().click();
    await dialog(page);
    await page.waitForLoadState('networkidle');
  },
  compare: async (page) => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    const choices = page.getByRole('button', { name: /^Choose:/ });
    for (const index of [4, 5]) await choices.nth(index).click();
    await page.getByRole('button', { name: 'Compare' }).click();
    await dialog(page);
    await page.waitForLoadState('networkidle');
  },
  queue: goTo('/queue'),
  models: goTo('/models'),
  settings: goTo('/settings'),
};

describe.each(LOOKS)('every screen on $name', ({ name, options }) => {
  it('has no serious accessibility issue and no sideways scroll', async () => {
    const { context, page } = await visit(browser, options);
    const look = async (screen: string) => {
      await expectAccessible(page, `${name}: ${screen}`);
      await expectNoSidewaysScroll(page, `${name}: ${screen}`);
      await shoot(page, `${name}-${screen}`);
    };
    await page.locator('main form').waitFor();
    await look('sign-in');
    await signInByKey(page);
    for (const [screen, open] of Object.entries(SCREENS)) {
      await open(page);
      await look(screen);
    }
    await page.locator('header').getByRole('combobox', { name: 'Theme' }).selectOption('contrast');
    await goTo('/')(page);
    await page.getByRole('button', { name: /^Open picture 1/ }).first().waitFor();
    await look('contrast');
    await context.close();
  });
});
