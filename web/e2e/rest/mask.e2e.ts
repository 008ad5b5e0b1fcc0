import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESK, fileOf, generated, launch, make, signedIn, startFrom } from '../browser';

let browser: Browser;
let apple: Buffer;
beforeAll(async () => {
  browser = await launch();
  apple = await fileOf(await make('a red apple, noto style', { seed: 41 })); // 64 × 64 pixels
});
afterAll(() => browser.close());

async function opened() {
  const { context, page, complaints } = await signedIn(browser, DESK);
  await startFrom(page, apple, 'a blue apple, noto style');
  await page.getByRole('button', { name: 'Paint a mask' }).click();
  const paper = page.getByRole('application', { name: /^Mask/ });
  const canvas = paper.locator('canvas');
  await canvas.waitFor();
  const box = async () => {
    const found = await paper.locator('img').boundingBox();
    if (!found) throw new Error('no paper');
    return found;
  };
  for (let last = ''; last !== JSON.stringify(await box()); ) {
    last = JSON.stringify(await box()); // the dialogue comes in, and the picture is fitted to it
    await page.waitForTimeout(300);
  }
  return { context, page, complaints, canvas, paper, box };
}

/** A pull of the mouse from place to place, which are shares of the picture's sides. */
async function pull(page: Page, picture: { x: number; y: number; width: number; height: number }, places: readonly (readonly [number, number])[]): Promise<void> {
  const at = ([x, y]: readonly [number, number]) => [picture.x + x * picture.width, picture.y + y * picture.height] as const;
  const [first, ...others] = places;
  if (!first) return;
  await page.mouse.move(...at(first));
  await page.mouse.down();
  for (const place of others) await page.mouse.move(...at(place), { steps: 8 });
  await page.mouse.up();
}

const shareOf = async (page: Page): Promise<number> => Number(/\d+/.exec((await page.getByText(/of the picture is painted|Nothing is painted/).textContent()) ?? '')?.[0] ?? 0);

describe('the tools of the mask', () => {
  it('are rectangle, lasso, eraser, numbers and inverting, each a step that can be undone', async () => {
    const { context, page, complaints, box } = await opened();
    const picture = await box();
    const share = () => shareOf(page);
    await page.keyboard.press('r');
    await pull(page, picture, [[0.25, 0.25], [0.75, 0.75]]);
    expect(await share()).toBe(25);
    await page.keyboard.press('l');
    await pull(page, picture, [[0.01, 0.01], [0.01, 0.24], [0.24, 0.01]]);
    const withLasso = await share();
    expect(withLasso).toBeGreaterThanOrEqual(27); // half of a square of 0.23 is 2.6 %
    expect(withLasso).toBeLessThanOrEqual(28);
    await page.keyboard.press('e');
    await pull(page, picture, [[0.3, 0.5], [0.7, 0.5]]);
    const erased = await share();
    expect(erased).toBeLessThan(withLasso);
    await page.getByRole('button', { name: 'Undo (Ctrl+Z)' }).click();
    expect(await share()).toBe(withLasso);
    await page.getByRole('button', { name: 'Redo (Ctrl+Shift+Z)' }).click();
    expect(await share()).toBe(erased);
    await page.keyboard.press('Control+z');

    await page.getByRole('button', { name: 'Rectangle by numbers' }).click();
    const numbers = page.getByRole('dialog', { name: 'Rectangle by numbers' });
    for (const [side, value] of [['Left', '48'], ['Top', '48'], ['Width', '16'], ['Height', '16']] as const) await numbers.getByLabel(side).fill(value);
    await numbers.getByRole('button', { name: 'Add' }).click();
    const before = await share();
    expect(before - withLasso).toBeGreaterThanOrEqual(6); // a sixteenth
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Invert/ }).click();
    expect(await share()).toBeGreaterThanOrEqual(99 - before);
    expect(await share()).toBeLessThanOrEqual(101 - before);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('move and zoom the picture, show the mask as strongly and as softly as wished, and size the brush', async () => {
    const { context, page, complaints, canvas, paper, box } = await opened();
    const fitted = await box();
    const dab = async () => {
      const { x, y, width, height } = await box();
      await page.mouse.click(x + width / 2, y + height / 2);
      const share = await shareOf(page);
      await page.keyboard.press('Control+z');
      return share;
    };
    await paper.focus();
    const small = await dab();
    for (let press = 0; press < 4; press += 1) await page.keyboard.press(']');
    expect(await dab()).toBeGreaterThan(2 * small);
    for (let press = 0; press < 4; press += 1) await page.keyboard.press('[');
    expect(await dab()).toBe(small);

    await page.keyboard.press('+');
    await expect.poll(async () => (await box()).width).toBeGreaterThan(fitted.width * 1.2);
    await page.keyboard.press('h');
    const zoomed = await box();
    await page.mouse.move(700, 500);
    await page.mouse.down();
    await page.mouse.move(760, 470, { steps: 4 });
    await page.mouse.up();
    const moved = await box();
    expect([moved.x - zoomed.x, moved.y - zoomed.y].map(Math.round)).toEqual([60, -30]);
    expect(await shareOf(page)).toBe(0);
    await page.keyboard.press('0');
    await expect.poll(async () => (await box()).width).toBeCloseTo(fitted.width, 0);

    const opacity = () => canvas.evaluate((element) => Number(getComputedStyle(element).opacity));
    expect(await opacity()).toBeCloseTo(0.7);
    await page.getByRole('slider', { name: 'Visibility of the mask' }).focus();
    await page.keyboard.press('Home');
    expect(await opacity()).toBeCloseTo(0.1);
    const blur = async () => Number.parseFloat((await canvas.evaluate((element) => getComputedStyle(element).filter)).replace('blur(', ''));
    expect(await blur()).toBeCloseTo((4 * (await box()).width) / 64, 1); // four pixels of the picture at first, as it is seen
    const seen = await blur();
    await page.getByRole('slider', { name: 'Soft edge (pixels)' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await blur()).toBeCloseTo(1.5 * seen, 1);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('draw with a pen as broadly as it is pressed, and repaint only this part with its surroundings', async () => {
    const { context, page, complaints, box } = await opened();
    const picture = await box();
    const session = await context.newCDPSession(page);
    const stroke = async (force: number) => {
      const pen = { button: 'left', buttons: 1, clickCount: 1, pointerType: 'pen', force } as const;
      const y = picture.y + 0.5 * picture.height;
      await session.send('Input.dispatchMouseEvent', { ...pen, type: 'mousePressed', x: picture.x + 0.3 * picture.width, y });
      for (let share = 0.35; share <= 0.7; share += 0.05) await session.send('Input.dispatchMouseEvent', { ...pen, type: 'mouseMoved', x: picture.x + share * picture.width, y });
      await session.send('Input.dispatchMouseEvent', { ...pen, type: 'mouseReleased', buttons: 0, x: picture.x + 0.7 * picture.width, y });
      return shareOf(page);
    };
    for (let press = 0; press < 3; press += 1) await page.keyboard.press(']');
    const light = await stroke(0.1);
    expect(light).toBeGreaterThan(0);
    await page.keyboard.press('Control+z');
    expect(await stroke(1)).toBeGreaterThan(1.5 * light);

    await page.getByRole('switch', { name: /^Repaint only this part/ }).check();
    await page.getByLabel('Surroundings (pixels)').fill('8');
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const made = await generated(page);
    expect(made.input).toMatchObject({ only_masked: true, only_masked_padding: 8, mask_blur: 4 });
    expect(complaints).toEqual([]);
    await context.close();
  });
});
