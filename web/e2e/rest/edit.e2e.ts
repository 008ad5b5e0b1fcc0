import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, DESK, expectAccessible, expectNoSidewaysScroll, launch, make, newest, PHONE, shoot, signedIn, url } from '../browser';

let browser: Browser;
let apple: string;
beforeAll(async () => {
  browser = await launch();
  apple = await make('a red apple, noto style', { seed: 41 });
});
afterAll(() => browser.close());

interface Made {
  id: string;
  status: string;
  input: Record<string, unknown>;
  images: { id: string; url: string }[];
}
const job = (id: string) => ask<Made>(`/v1/jobs/${id}`);

async function fileOf(id: string): Promise<Buffer> {
  const [image] = (await job(id)).images;
  return Buffer.from(await (await fetch(new URL(image?.url ?? '', url))).arrayBuffer());
}

/** How far two pictures are from each other at a place, in steps of 8-bit colour; places are shares of the sides. */
function differenceAt(page: Page, left: Buffer, right: Buffer, places: readonly (readonly [number, number])[]): Promise<number[]> {
  return page.evaluate(
    async ({ files, at }) => {
      const pixels = await Promise.all(
        files.map(async (text) => {
          const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes]));
          const drawing = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
          drawing?.drawImage(bitmap, 0, 0);
          return at.map(([x, y]) => drawing?.getImageData(Math.floor(x * bitmap.width), Math.floor(y * bitmap.height), 1, 1).data ?? []);
        }),
      );
      return at.map((_, index) => Math.max(...[0, 1, 2].map((channel) => Math.abs((pixels[0]?.[index]?.[channel] ?? 0) - (pixels[1]?.[index]?.[channel] ?? 0)))));
    },
    { files: [left.toString('base64'), right.toString('base64')], at: places },
  );
}

/** Chooses the picture as a file, as anybody would, and writes a prompt. */
async function startFrom(page: Page, file: Buffer, prompt: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a picture' }).click()]);
  await chooser.setFiles({ name: 'apple.png', mimeType: 'image/png', buffer: file });
  await page.getByAltText('The picture to start from').waitFor();
  await page.getByRole('textbox', { name: 'Prompt' }).fill(prompt);
}

async function generated(page: Page): Promise<Made> {
  const before = (await newest())?.id;
  await page.keyboard.press('Control+Enter');
  await expect.poll(async () => (await newest())?.id, { timeout: 30_000 }).not.toBe(before);
  await page.getByRole('button', { name: /^Open picture 1/ }).first().waitFor();
  const made = await job((await newest())?.id ?? '');
  await expect.poll(async () => (await job(made.id)).status, { timeout: 60_000 }).toBe('succeeded');
  return job(made.id);
}

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
    const picture = await paper.locator('canvas').boundingBox();
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

  it('is painted by a finger, and zoomed by two', async () => {
    const { context, page } = await signedIn(browser, PHONE);
    await startFrom(page, await fileOf(apple), 'a blue apple');
    await page.getByRole('button', { name: 'Paint a mask' }).tap();
    const paper = page.getByRole('application', { name: /^Mask/ });
    const picture = await paper.locator('canvas').boundingBox();
    if (!picture) throw new Error('no paper');
    const touch = await context.newCDPSession(page);
    const at = (x: number, y: number) => ({ x: picture.x + x * picture.width, y: picture.y + y * picture.height });
    await drag(touch, [[at(0.3, 0.5)], [at(0.5, 0.5)], [at(0.7, 0.5)]]);
    await page.getByText(/% of the picture is painted/).waitFor();
    const painted = await page.getByText(/% of the picture is painted/).textContent();
    await expectNoSidewaysScroll(page, 'the mask editor on a phone');
    await shoot(page, 'phone-light-mask');
    await drag(touch, [[at(0.45, 0.5), at(0.55, 0.5)], [at(0.3, 0.5), at(0.7, 0.5)], [at(0.1, 0.5), at(0.9, 0.5)]]);
    const zoomed = await paper.locator('canvas').boundingBox();
    expect(zoomed?.width).toBeGreaterThan(picture.width * 1.5);
    expect(await page.getByText(/% of the picture is painted/).textContent()).toBe(painted); // two fingers paint nothing
    await page.getByRole('button', { name: 'Done', exact: true }).tap();
    await page.getByRole('button', { name: 'Change the mask' }).waitFor();
    await context.close();
  });
});

type Places = readonly { x: number; y: number }[];

/** Fingers put down, moved from place to place, and lifted. */
async function drag(session: CDPSession, way: readonly Places[]): Promise<void> {
  for (const [index, fingers] of way.entries()) {
    const touchPoints = fingers.map(({ x, y }, id) => ({ x, y, id }));
    await session.send('Input.dispatchTouchEvent', { type: index === 0 ? 'touchStart' : 'touchMove', touchPoints });
  }
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}
