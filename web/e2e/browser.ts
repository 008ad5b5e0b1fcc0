import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type CDPSession, type Page } from 'playwright-core';
import { expect } from 'vitest';

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run these tests through tests/web (pytest), which starts the gateway`);
  return value;
}

export const url = required('AVILA_E2E_URL');
export const key = required('AVILA_E2E_KEY');
export const setUpToken = required('AVILA_E2E_SETUP_TOKEN');
const screenshots = process.env.AVILA_E2E_SCREENSHOTS;

export const DESK: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
};

/** `--no-sandbox`: containers run as root, where Chromium's sandbox does not start. Only our own page is opened. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: required('AVILA_E2E_BROWSER'), args: ['--no-sandbox', '--disable-dev-shm-usage'] });

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** What the page complained of, refusals of its content security policy among them. */
  complaints: string[];
}

export async function visit(browser: Browser, options: BrowserContextOptions): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', colorScheme: 'light', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Another server's page, where one signs in, may lack this and that, and says so when it will.
    const isOurs = new URL(message.location().url || url).origin === new URL(url).origin;
    if (message.type() === 'error' && isOurs) complaints.push(message.text());
  });
  await page.goto(url);
  return { context, page, complaints };
}

export async function signedIn(browser: Browser, options: BrowserContextOptions): Promise<Visit> {
  const visited = await visit(browser, options);
  await signInByKey(visited.page);
  return visited;
}

const ADMINISTRATOR = { email: 'ana@example.org', password: 'correct horse battery' };

/** The first account, made here unless another file's test has made it. */
export async function administrator(browser: Browser, options: BrowserContextOptions): Promise<Visit> {
  const { needs_setup: isMissing } = await ask<{ needs_setup: boolean }>('/v1/auth/methods');
  const headers = { 'content-type': 'application/json' };
  if (isMissing) await fetch(`${url}/v1/auth/setup`, { method: 'POST', headers, body: JSON.stringify({ ...ADMINISTRATOR, token: setUpToken }) });
  const visited = await visit(browser, options);
  await visited.page.getByLabel('E-mail').fill(ADMINISTRATOR.email);
  await visited.page.getByLabel('Password', { exact: true }).fill(ADMINISTRATOR.password);
  await visited.page.keyboard.press('Enter');
  await visited.page.locator('main textarea').first().waitFor();
  return visited;
}

/** In whatever language: the button under the form changes to the other way in. */
export async function signInByKey(page: Page): Promise<void> {
  await page.locator('main form + button').click();
  await page.locator('main form input').fill(key);
  await page.keyboard.press('Enter');
  await page.locator('main textarea').first().waitFor();
}

/** Asks the gateway itself. */
export async function ask<T>(path: string): Promise<T> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } });
  return (await response.json()) as T;
}

/** Asks the gateway as who is signed in on this page. */
export const askAs = <T>(page: Page, method: string, path: string, body?: object): Promise<T> =>
  page.evaluate(
    async ([how, where, what]) => {
      const response = await fetch(where, { method: how, headers: { 'content-type': 'application/json' }, ...(what !== '' && { body: what }) });
      if (!response.ok) throw new Error(`${how} ${where}: ${await response.text()}`);
      return response.json() as Promise<T>;
    },
    [method, path, body ? JSON.stringify(body) : ''] as const,
  );

interface Jobs {
  results: { id: string; status: string; input: { prompt: string; seed: number; num_images: number } }[];
}
export const newest = async () => (await ask<Jobs>('/v1/jobs?limit=1')).results[0];

/** A job handed in past the page; it has ended when this answers. */
export async function make(prompt: string, input: Record<string, unknown> = {}): Promise<string> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', prefer: 'wait=60' };
  const response = await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify({ input: { prompt, ...input } }) });
  const { id } = (await response.json()) as { id: string };
  for (let tries = 0; tries < 300; tries += 1) {
    const { status } = await ask<{ status: string }>(`/v1/jobs/${id}`);
    if (status === 'succeeded') return id;
    if (status === 'failed' || status === 'canceled') throw new Error(`${prompt}: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${prompt}: not done within a minute`);
}

/** A label of a group of choices; its radio lies hidden under it. */
export const choose = (page: Page, group: string, label: string) =>
  page.getByRole('radiogroup', { name: group }).getByText(label, { exact: true }).click();
/** Playwright answers in the gateway's place only where no service worker stands between. */
export const ROUTED = { ...DESK, serviceWorkers: 'block' } as const;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
interface Violation {
  id: string;
  impact: string | null;
  nodes: { target: unknown; failureSummary?: string }[];
}

/** What axe finds. Run in the page's own world, past its content security policy. */
export async function violationsOf(page: Page): Promise<Violation[]> {
  // a colour on its way to another is none of the page's
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map(({ finished }) => finished)));
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const runner = (globalThis as unknown as { axe: { run: (root: Document) => Promise<{ violations: Violation[] }> } }).axe;
    return (await runner.run(document)).violations;
  });
}

/** No violation that axe calls serious or critical. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  const serious = (await violationsOf(page))
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${String(target)} ${failureSummary ?? ''}`).join(' | ')}`);
  expect(serious, `axe on ${name}`).toEqual([]);
}

/** Nothing sticks out of the window to the right but what lies in something that scrolls; the page itself clips and would hide it. */
export async function expectNoSidewaysScroll(page: Page, name: string): Promise<void> {
  const [content, window, outside] = await page.evaluate(() => {
    const isReachable = (element: Element): boolean => {
      for (let box = element.parentElement; box !== null && box !== document.body; box = box.parentElement) {
        if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(box).overflowX) && box.getBoundingClientRect().right <= innerWidth + 1) return true;
      }
      return false;
    };
    const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !isReachable(element));
    return [document.documentElement.scrollWidth, innerWidth, wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))] as const;
  });
  expect(content, `${name} is wider than its window`).toBeLessThanOrEqual(window);
  expect(outside, `${name}: outside of its window`).toEqual([]);
}

export async function shoot(page: Page, name: string, fullPage = false): Promise<void> {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage, animations: 'disabled' });
}

export interface Made {
  id: string;
  status: string;
  input: Record<string, unknown>;
  images: { id: string; url: string }[];
}
export const job = (id: string) => ask<Made>(`/v1/jobs/${id}`);

export async function fileOf(id: string): Promise<Buffer> {
  const [image] = (await job(id)).images;
  return Buffer.from(await (await fetch(new URL(image?.url ?? '', url))).arrayBuffer());
}

/** How far two pictures are from each other at a place, in steps of 8-bit colour; places are shares of the sides. */
export function differenceAt(page: Page, left: Buffer, right: Buffer, places: readonly (readonly [number, number])[]): Promise<number[]> {
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

/** Presses the keys that start a picture, and waits until it is done. */
export async function generated(page: Page): Promise<Made> {
  const before = (await newest())?.id;
  await page.keyboard.press('Control+Enter');
  await expect.poll(async () => (await newest())?.id, { timeout: 30_000 }).not.toBe(before);
  await page.getByRole('button', { name: /^Open picture 1/ }).first().waitFor();
  const made = await job((await newest())?.id ?? '');
  await expect.poll(async () => (await job(made.id)).status, { timeout: 60_000 }).toBe('succeeded');
  return job(made.id);
}

type Places = readonly { x: number; y: number }[];

/** Fingers put down, moved from place to place, and lifted. */
export async function drag(session: CDPSession, way: readonly Places[]): Promise<void> {
  for (const [index, fingers] of way.entries()) {
    const touchPoints = fingers.map(({ x, y }, id) => ({ x, y, id }));
    await session.send('Input.dispatchTouchEvent', { type: index === 0 ? 'touchStart' : 'touchMove', touchPoints });
  }
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

/** Chooses the picture to start from as a file, as anybody would, and writes a prompt. */
export async function startFrom(page: Page, file: Buffer, prompt: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a picture' }).click()]);
  await chooser.setFiles({ name: 'apple.png', mimeType: 'image/png', buffer: file });
  await page.getByAltText('The picture to start from').waitFor();
  await page.getByRole('textbox', { name: 'Prompt' }).fill(prompt);
}
