import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, DESK, drag, expectAccessible, expectNoSidewaysScroll, launch, make, PHONE, signedIn, url } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const tiles = (page: Page) => page.getByRole('button', { name: /^(Open|Choose): / });
/** How many of the key's pictures a search line finds, as the gateway says. */
const found = async (line: string) => (await ask<{ results: unknown[] }>(`/v1/history?query=${encodeURIComponent(line)}`)).results.length;
const trashed = (line: string) => found(`${line} is:trashed`);

async function chosenOf(page: Page, word: string): Promise<void> {
  await page.goto(`${url}/gallery?q=${word}`);
  await tiles(page).nth(1).waitFor();
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await tiles(page).nth(0).click();
  await tiles(page).nth(1).click();
  await page.getByRole('toolbar', { name: '2 selected' }).waitFor();
}

describe('the gallery', () => {
  it('keeps favourites, ratings, tags and albums, finds by them, packs a zip, and gives back what was thrown away', async () => {
    for (const seed of [61, 62]) await make('a brass bell', { seed });
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.goto(`${url}/gallery?q=brass`);
    await tiles(page).first().focus();
    await page.keyboard.press('f');
    await expect.poll(() => found('brass is:favourite')).toBe(1);

    await chosenOf(page, 'brass');
    const bar = page.getByRole('toolbar');
    await bar.getByRole('button', { name: 'Rating' }).click();
    await page.getByRole('menuitem', { name: '4 stars' }).click();
    await expect.poll(() => found('brass rating:4')).toBe(2);
    await bar.getByRole('button', { name: 'Add a tag' }).click();
    await page.getByRole('textbox', { name: 'Tag' }).fill('Metal');
    await page.keyboard.press('Enter');
    await expect.poll(() => found('tag:metal')).toBe(2);
    await bar.getByRole('button', { name: 'Add to an album' }).click();
    await page.getByRole('textbox', { name: 'Name of the album' }).fill('Bells');
    await expectAccessible(page, 'a selection and its albums');
    await page.keyboard.press('Enter');
    await expect.poll(() => found('album:Bells')).toBe(2);
    const [zip] = await Promise.all([page.waitForEvent('download'), bar.getByRole('button', { name: 'Download as zip' }).click()]);
    const bytes = (await readFile(await zip.path())).toString('latin1');
    expect(bytes.slice(0, 2)).toBe('PK');
    expect(bytes.split('PK\u0001\u0002').length - 1).toBe(3); // both pictures, and recipes.json

    await bar.getByRole('button', { name: 'Move to the trash' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => tiles(page).count()).toBe(2);
    expect(await trashed('brass')).toBe(0);
    await page.getByRole('button', { name: 'Done', exact: true }).click();

    await page.getByRole('textbox', { name: 'Search your pictures' }).fill('');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Album' }).selectOption('Bells');
    await page.getByRole('button', { name: 'Favourites' }).click();
    await expect.poll(() => tiles(page).count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('q')).toBe('album:Bells is:favourite');
    await page.getByRole('button', { name: 'Favourites' }).click();
    await expect.poll(() => tiles(page).count()).toBe(2);
    await page.getByRole('button', { name: 'Delete this album' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete this album' }).click();
    await page.getByRole('combobox', { name: 'Album' }).waitFor({ state: 'detached' });
    expect(await found('brass')).toBe(2);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('empties its trash for good, after a question', async () => {
    for (const seed of [63, 64]) await make('a lead bell', { seed });
    const { context, page, complaints } = await signedIn(browser, DESK);
    await chosenOf(page, 'lead');
    await page.getByRole('toolbar').getByRole('button', { name: 'Move to the trash' }).click();
    await page.getByText('Nothing was found').waitFor();
    await page.getByRole('button', { name: 'Trash', exact: true }).click();
    await tiles(page).nth(1).waitFor();
    await tiles(page).nth(0).click(); // still choosing
    await page.getByRole('toolbar').getByRole('button', { name: 'Take back' }).click();
    await expect.poll(() => trashed('lead')).toBe(1);
    await page.getByRole('button', { name: 'Empty the trash' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
    expect(await trashed('lead')).toBe(1);
    await page.getByRole('button', { name: 'Empty the trash' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Empty the trash' }).click();
    await page.getByText('The trash is empty').waitFor();
    expect([await trashed('lead'), await found('lead')]).toEqual([0, 1]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('a comparison', () => {
  beforeAll(async () => {
    await make('a tin whistle', { seed: 65, num_inference_steps: 4 });
    await make('a tin whistle', { seed: 66, num_inference_steps: 6 });
  });

  it('is moved by the mouse, and zooms both pictures', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await chosenOf(page, 'whistle');
    await page.getByRole('button', { name: 'Compare' }).click();
    const line = page.getByRole('slider', { name: 'How much of the left picture is shown' });
    const box = await line.boundingBox();
    if (!box) throw new Error('no slider');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2, { steps: 5 });
    await page.mouse.up();
    const share = Number(await line.inputValue());
    expect(share).toBeGreaterThan(20);
    expect(share).toBeLessThan(30);
    const scales = () => page.getByRole('dialog').getByAltText('a tin whistle').evaluateAll((images) => images.map((image) => new DOMMatrix(getComputedStyle(image).transform).a));
    expect(await scales()).toEqual([1, 1]);
    await page.getByText('4×', { exact: true }).click();
    expect(await scales()).toEqual([4, 4]);
    await page.getByRole('row', { name: /Steps\s+[46]\s+[46]/ }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is moved by a finger', async () => {
    const { context, page } = await signedIn(browser, PHONE);
    await chosenOf(page, 'whistle');
    await page.getByRole('button', { name: 'Compare' }).tap();
    const line = page.getByRole('slider', { name: 'How much of the left picture is shown' });
    await line.waitFor();
    await page.getByRole('row', { name: /Steps/ }).waitFor();
    const box = await line.boundingBox();
    if (!box) throw new Error('no slider');
    const at = (x: number) => [{ x: box.x + x * box.width, y: box.y + box.height / 2 }];
    await drag(await context.newCDPSession(page), [at(0.5), at(0.6), at(0.7), at(0.8)]);
    expect(Number(await line.inputValue())).toBeGreaterThan(72);
    await expectNoSidewaysScroll(page, 'the comparison on a phone');
    await context.close();
  });
});
