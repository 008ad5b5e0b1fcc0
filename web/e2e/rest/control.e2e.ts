import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, DESK, differenceAt, drag, expectAccessible, expectNoSidewaysScroll, fileOf, generated, launch, make, PHONE, ROUTED, shoot, signedIn } from '../browser';

let browser: Browser;
let apple: Buffer;
beforeAll(async () => {
  browser = await launch();
  apple = await fileOf(await make('a red apple, noto style', { seed: 41 }));
});
afterAll(() => browser.close());

const panelOf = (page: Page) => page.getByRole('region', { name: 'Follow a shape' });

/** The picture's edges, chosen as a file. */
async function follow(page: Page): Promise<void> {
  await panelOf(page).getByRole('button', { name: 'Follow: Edges' }).click();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('menuitem', { name: 'From a picture …' }).click()]);
  await chooser.setFiles({ name: 'apple.png', mimeType: 'image/png', buffer: apple });
  await panelOf(page).getByAltText('The map to follow').waitFor();
}

describe('a ControlNet', () => {
  it('follows the edges of a picture, which are shown before they are used', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a green apple, noto style');
    await follow(page);
    const card = page.getByRole('group', { name: 'Edges' });
    const edges = await card.getByAltText('The map to follow').evaluate(shareOfWhite);
    expect(edges).toBeGreaterThan(0.02);
    expect(edges).toBeLessThan(0.5);
    await card.getByText('Strictly', { exact: true }).click();
    await card.getByRole('button', { name: 'Exact figures' }).click();
    await card.getByLabel('Weight').fill('0.9');
    await card.getByText(/own figures/).waitFor();
    await expectAccessible(page, 'the ControlNet panel');
    await shoot(page, 'desk-light-control');
    const made = await generated(page);
    expect(made.input.controls).toMatchObject([{ model: 'canny', weight: 0.9, start: 0, end: 1 }]);
    // the same request without the map is another picture, so the map counted
    const alone = await fileOf(await make('a green apple, noto style', { ...made.input, controls: [] }));
    const places = [0.2, 0.35, 0.5, 0.65, 0.8].flatMap((x) => [0.2, 0.35, 0.5, 0.65, 0.8].map((y) => [x, y] as const));
    expect(Math.max(...(await differenceAt(page, alone, await fileOf(made.id), places)))).toBeGreaterThan(20);

    await card.getByRole('button', { name: 'Without: Edges' }).click();
    await page.getByRole('button', { name: /^canny \(/ }).click(); // the recipe brings the map back
    await page.getByRole('group', { name: 'Edges' }).getByAltText('The map to follow').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('fits a phone', async () => {
    const { context, page } = await signedIn(browser, PHONE);
    await follow(page);
    await panelOf(page).scrollIntoViewIfNeeded();
    await expectNoSidewaysScroll(page, 'the ControlNet panel on a phone');
    await expectAccessible(page, 'the ControlNet panel on a phone');
    await shoot(page, 'phone-light-control');
    await context.close();
  });
});

describe('a pose', () => {
  /** No network for poses ships; the one for edges is told to be one, and follows the bones as edges. */
  async function told(page: Page): Promise<void> {
    await page.route('**/v1/controls', async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as { controls: { preprocessor: string }[] };
      for (const control of answer.controls) control.preprocessor = 'pose';
      await route.fulfill({ response, json: answer });
    });
    await page.reload();
    await panelOf(page).getByRole('button', { name: 'Follow: Pose' }).click();
    await page.getByRole('menuitem', { name: 'Draw a pose …' }).click();
  }
  const handle = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`^${name} of figure 1`) });
  const middle = async (page: Page, name: string) => {
    const box = await handle(page, name).boundingBox();
    if (!box) throw new Error(`${name} is not to be seen`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };

  it('is drawn by dragging its points, and a picture follows it', async () => {
    const { context, page, complaints } = await signedIn(browser, ROUTED);
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a person');
    await told(page);
    await page.getByRole('textbox', { name: 'Prompt' }).waitFor({ state: 'attached' });
    const hand = await middle(page, 'Right wrist');
    const head = await middle(page, 'Nose');
    await page.mouse.move(hand.x, hand.y);
    await page.mouse.down();
    await page.mouse.move(head.x - 60, head.y, { steps: 5 });
    await page.mouse.up();
    const moved = await middle(page, 'Right wrist');
    expect(Math.hypot(moved.x - (head.x - 60), moved.y - head.y)).toBeLessThan(3);
    await handle(page, 'Right ear').focus();
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: /^Right ear of figure 1: not in the picture/ }).waitFor();
    await expectAccessible(page, 'the pose editor');
    await shoot(page, 'desk-light-pose');
    await page.getByRole('button', { name: 'Use this pose' }).click();
    await page.getByRole('group', { name: 'Pose' }).getByAltText('The map to follow').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' }); // no key starts a picture while one is open
    const made = await generated(page);
    const { status } = await ask<{ status: string }>(`/v1/jobs/${made.id}`);
    expect(status).toBe('succeeded');
    expect(made.input.controls).toMatchObject([{ model: 'canny', weight: 1, start: 0, end: 0.8 }]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is drawn by a finger', async () => {
    const { context, page } = await signedIn(browser, { ...PHONE, serviceWorkers: 'block' });
    await told(page);
    const knee = await middle(page, 'Left knee');
    const touch = await context.newCDPSession(page);
    await drag(touch, [[knee], [{ x: knee.x + 20, y: knee.y - 10 }], [{ x: knee.x + 40, y: knee.y - 20 }]]);
    const moved = await middle(page, 'Left knee');
    expect(Math.hypot(moved.x - knee.x - 40, moved.y - knee.y + 20)).toBeLessThan(3);
    await expectNoSidewaysScroll(page, 'the pose editor on a phone');
    await shoot(page, 'phone-light-pose');
    await context.close();
  });
});

/** Of an image of black and white: how much of it is white. Runs in the page. */
async function shareOfWhite(image: SVGElement | HTMLElement): Promise<number> {
  const shown = image as HTMLImageElement;
  await shown.decode();
  const paper = new OffscreenCanvas(shown.naturalWidth, shown.naturalHeight).getContext('2d');
  if (!paper) throw new Error('this browser draws no canvas');
  paper.drawImage(shown, 0, 0);
  const { data } = paper.getImageData(0, 0, shown.naturalWidth, shown.naturalHeight);
  return data.filter((value, index) => index % 4 === 0 && value > 127).length / (data.length / 4);
}
