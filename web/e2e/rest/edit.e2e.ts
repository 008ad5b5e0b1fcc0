import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESK, differenceAt, drag, expectAccessible, expectNoSidewaysScroll, fileOf, generated, launch, make, PHONE, shoot, signedIn, startFrom, url } from '../browser';

let browser: Browser;
let apple: string;
beforeAll(async () => {
  browser = await launch();
  apple = await make('a red apple, noto style', { seed: 41 });
});
afterAll(() => browser.close());

describe('image to image', () => {
  it('starts from a file, and says how much is to change', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await startFrom(page, await fileOf(apple), 'a green apple, noto style');
    const slider = page.getByRole('slider', { name: /^Change/ });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByText('a lot (0.7)').waitFor();
    const { input } = await generated(page);
    expect(input).toMatchObject({ strength: 0.7, resize_mode: 'crop', prompt: 'a green apple, noto style' });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('starts from an address, which the server fetches', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    const file = await fileOf(apple);
    const place = createServer((_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(file));
    await new Promise<void>((resolve) => place.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(place.address() as AddressInfo).port}/apple.png`;
    await page.getByRole('button', { name: 'From an address' }).click();
    await page.getByLabel('Address of the picture').fill(address);
    await page.keyboard.press('Enter');
    await page.getByAltText('The picture to start from').waitFor();
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a green apple, noto style');
    const { input } = await generated(page);
    expect(input.image).toMatch(/^upl_/);
    expect(complaints).toEqual([]);
    place.close();
    await context.close();
  });

  it('starts from a picture of the gallery', async () => {
    const { context, page } = await signedIn(browser, DESK);
    await page.goto(`${url}/gallery?q=${encodeURIComponent('"red apple" seed:41')}`);
    await page.getByRole('button', { name: /^Open: a red apple/ }).first().click();
    await page.getByRole('button', { name: 'Start from this picture' }).click();
    await page.getByAltText('The picture to start from').waitFor();
    await context.close();
  });
});

describe('inpainting', () => {
  it('repaints what the mouse painted, and leaves the rest as it was', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    const original = await fileOf(apple);
    await startFrom(page, original, 'a blue apple, noto style');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    const paper = page.getByRole('application', { name: /^Mask/ });
    const picture = await paper.locator('img').boundingBox();
    if (!picture) throw new Error('no paper');
    const at = (x: number, y: number) => [picture.x + x * picture.width, picture.y + y * picture.height] as const;
    for (let y = 0.35; y <= 0.7; y += 0.06) {
      await page.mouse.move(...at(0.3, y));
      await page.mouse.down();
      await page.mouse.move(...at(0.7, y), { steps: 6 });
      await page.mouse.up();
    }
    await page.getByText(/% of the picture is painted/).waitFor();
    await expectAccessible(page, 'the mask editor');
    await shoot(page, 'desk-light-mask');
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+Shift+z');
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await paper.waitFor({ state: 'detached' }); // no key starts a picture while a dialogue is open
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a yellow apple, noto style'); // the mask stays
    await page.getByRole('button', { name: 'Change the mask' }).waitFor();
    const made = await generated(page);
    expect(made.input).toMatchObject({ mask_blur: 4, mask_content: 'original' });
    expect(made.input.mask).toBeTruthy();
    const after = await fileOf(made.id);
    const [corner, other, middle] = await differenceAt(page, original, after, [[0.03, 0.03], [0.97, 0.97], [0.5, 0.5]]);
    expect(Math.max(corner ?? 255, other ?? 255)).toBeLessThanOrEqual(2); // the invisible mark is in every picture
    expect(middle).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is painted by keys alone, saved as a file, and loaded from one', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await startFrom(page, await fileOf(apple), 'a blue apple');
    await page.getByRole('button', { name: 'Paint a mask' }).click();
    const paper = page.getByRole('application', { name: /^Mask/ });
    const painted = page.getByText(/% of the picture is painted/);
    await paper.focus();
    for (let press = 0; press < 4; press += 1) await page.keyboard.press(']');
    await page.keyboard.press('ArrowRight'); // the pen shows, in the middle
    await page.keyboard.press('Space');
    for (let press = 0; press < 6; press += 1) await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Space');
    const twice = await painted.textContent();
    const more = async (item: string) => {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    const [saved] = await Promise.all([page.waitForEvent('download'), more('Save the mask')]);
    expect(saved.suggestedFilename()).toBe('mask.png');
    await page.getByRole('button', { name: /^Invert/ }).click();
    await expect.poll(() => painted.textContent()).not.toBe(twice);
    await more('Clear');
    await page.getByText('Nothing is painted yet.').waitFor();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), more('Load a mask')]);
    await chooser.setFiles(await saved.path());
    await expect.poll(() => painted.textContent()).toBe(twice);
    for (let press = 0; press < 3; press += 1) await page.keyboard.press('Control+z'); // loaded, cleared, inverted
    await expect.poll(() => painted.textContent()).toBe(twice);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is painted by a finger, and zoomed by two', async () => {
    const { context, page } = await signedIn(browser, PHONE);
    await startFrom(page, await fileOf(apple), 'a blue apple');
    await page.getByRole('button', { name: 'Paint a mask' }).tap();
    const paper = page.getByRole('application', { name: /^Mask/ });
    const picture = await paper.locator('img').boundingBox();
    if (!picture) throw new Error('no paper');
    const touch = await context.newCDPSession(page);
    const at = (x: number, y: number) => ({ x: picture.x + x * picture.width, y: picture.y + y * picture.height });
    await drag(touch, [[at(0.3, 0.5)], [at(0.5, 0.5)], [at(0.7, 0.5)]]);
    await page.getByText(/% of the picture is painted/).waitFor();
    const painted = await page.getByText(/% of the picture is painted/).textContent();
    await expectNoSidewaysScroll(page, 'the mask editor on a phone');
    await shoot(page, 'phone-light-mask');
    await drag(touch, [[at(0.45, 0.5), at(0.55, 0.5)], [at(0.3, 0.5), at(0.7, 0.5)], [at(0.1, 0.5), at(0.9, 0.5)]]);
    const zoomed = await paper.locator('img').boundingBox();
    expect(zoomed?.width).toBeGreaterThan(picture.width * 1.5);
    expect(await page.getByText(/% of the picture is painted/).textContent()).toBe(painted); // two fingers paint nothing
    await page.getByRole('button', { name: 'Done', exact: true }).tap();
    await page.getByRole('button', { name: 'Change the mask' }).waitFor();
    await context.close();
  });
});
