import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DESK, launch } from '../browser';
import { framesOf, record, rest, signedInPerson, type Frames } from './measuring';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const SIDE = 2048; // 4 megapixels
const STROKES = 6;
const MOVES = 60;
const MOVE_MS = 8; // a mouse reports some 125 times a second

/** A picture with something in every place, as the browser draws it. */
const picture = (page: Page): Promise<Buffer> =>
  page
    .evaluate(async (side) => {
      const paper = new OffscreenCanvas(side, side);
      const context = paper.getContext('2d');
      if (!context) throw new Error('no canvas');
      for (let square = 0; square < 4096; square += 1) {
        context.fillStyle = `hsl(${(square * 37) % 360} 70% ${30 + (square % 40)}%)`;
        context.fillRect((square % 64) * 32, Math.floor(square / 64) * 32, 32, 32);
      }
      const bytes = new Uint8Array(await (await paper.convertToBlob()).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    }, SIDE)
    .then((text) => Buffer.from(text, 'base64'));

async function strokes(page: Page): Promise<void> {
  const box = await page.getByRole('application', { name: /^Mask/ }).boundingBox();
  if (!box) throw new Error('no paper');
  const at = (x: number, y: number) => [box.x + box.width / 2 + x * box.height, box.y + box.height / 2 + y * box.height] as const;
  for (let stroke = 0; stroke < STROKES; stroke += 1) {
    const y = -0.35 + (0.7 * stroke) / STROKES;
    await page.mouse.move(...at(-0.4, y));
    await page.mouse.down();
    for (let move = 1; move <= MOVES; move += 1) {
      const due = performance.now() + MOVE_MS;
      await page.mouse.move(...at(-0.4 + (0.8 * move) / MOVES, y + 0.05 * Math.sin(move / 4)));
      await rest(Math.max(0, due - performance.now()));
    }
    await page.mouse.up();
  }
}

it('draws on four megapixels', async () => {
  const { context, page } = await signedInPerson(browser, DESK);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a picture' }).click()]);
  await chooser.setFiles({ name: 'large.png', mimeType: 'image/png', buffer: await picture(page) });
  await page.getByText(`${SIDE} × ${SIDE}`).waitFor();
  await page.getByRole('button', { name: 'Paint a mask' }).click();
  const paper = page.getByRole('application', { name: /^Mask/ });
  await paper.locator('canvas').waitFor();
  await rest(1000);
  const figures: Record<string, Frames> = {};
  figures.idle = await framesOf(page, () => rest(2000));
  figures.brush = await framesOf(page, () => strokes(page));
  await paper.focus();
  for (let press = 0; press < 8; press += 1) await page.keyboard.press(']');
  figures['large brush'] = await framesOf(page, () => strokes(page));
  await page.keyboard.press('e');
  figures.eraser = await framesOf(page, () => strokes(page));
  await page.keyboard.press('l');
  figures.lasso = await framesOf(page, () => strokes(page));
  await page.keyboard.press('b');
  for (let press = 0; press < 4; press += 1) await page.keyboard.press('+');
  figures['brush, zoomed in'] = await framesOf(page, () => strokes(page));
  await page.keyboard.press('h');
  figures.panning = await framesOf(page, () => strokes(page));
  await page.keyboard.press('0');
  figures.undo = await framesOf(page, async () => {
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press('Control+z');
      await rest(100);
    }
  });
  record('mask', { megapixels: (SIDE * SIDE) / 1e6, figures });
  expect(figures.brush.intervals.length).toBeGreaterThan(50);
  await context.close();
});
