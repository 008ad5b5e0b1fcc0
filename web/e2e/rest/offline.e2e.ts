import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESK, expectAccessible, fileOf, launch, make, shoot, signedIn, url } from '../browser';

let browser: Browser;
let apple: string;
beforeAll(async () => {
  browser = await launch();
  apple = await make('a red apple, noto style', { seed: 41 });
});
afterAll(() => browser.close());

/** Loads once more, so that the service worker stands between the page and the network. */
async function withWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.reload();
  await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
}

describe('offline', () => {
  it('the shell opens with one’s own thumbnails, which are gone after signing out', async () => {
    const { context, page } = await signedIn(browser, DESK);
    const caches = () => page.evaluate(() => globalThis.caches.keys());
    await withWorker(page);
    await page.getByRole('link', { name: 'Gallery' }).click();
    const picture = page.getByRole('button', { name: /^Open: a red apple/ }).first().locator('img');
    await picture.waitFor();
    await expect.poll(caches).toContain('avila-thumbnails');
    await expect.poll(() => page.evaluate(async () => (await (await globalThis.caches.open('avila-thumbnails')).keys()).length)).toBeGreaterThan(0);
    await context.setOffline(true);
    await page.reload();
    await page.getByText('The server cannot be reached').waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: 'Your latest pictures' }).waitFor();
    const shown = page.getByRole('img', { name: 'Picture 1', exact: true });
    await expect.poll(() => shown.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
    await expectAccessible(page, 'the page without the server');
    await shoot(page, 'desk-light-offline');

    await context.setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.locator('main form').waitFor();
    await expect.poll(caches).not.toContain('avila-thumbnails');
    await context.setOffline(true);
    await page.reload();
    await page.getByRole('alert').waitFor({ timeout: 60_000 });
    expect(await page.getByRole('heading', { name: 'Your latest pictures' }).count()).toBe(0);
    await context.close();
  });
});

describe('the installed page', () => {
  it('takes a picture that another app shares', async () => {
    const { context, page, complaints } = await signedIn(browser, DESK);
    await withWorker(page);
    const file = (await fileOf(apple)).toString('base64');
    await page.evaluate((text) => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action: '/share', enctype: 'multipart/form-data' });
      const input = Object.assign(document.createElement('input'), { type: 'file', name: 'picture' });
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], 'shared.png', { type: 'image/png' }));
      input.files = data.files;
      form.append(input);
      document.body.append(form);
      form.submit(); // what the system does when the page is chosen in its list
    }, file);
    await page.getByAltText('The picture to start from').waitFor();
    await page.getByText('64 × 64', { exact: true }).first().waitFor();
    expect(await page.evaluate(async () => (await (await globalThis.caches.open('avila-shared')).keys()).length)).toBe(0); // taken once
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('can be installed: manifest, icons and worker are what a browser wants', async () => {
    const { context, page } = await signedIn(browser, DESK);
    const session = await context.newCDPSession(page);
    const { errors } = (await session.send('Page.getAppManifest')) as { errors: unknown[] };
    expect(errors).toEqual([]);
    const { installabilityErrors } = (await session.send('Page.getInstallabilityErrors')) as { installabilityErrors: { errorId: string }[] };
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]); // a test's context is one
    const manifest = (await (await fetch(`${url}/manifest.webmanifest`)).json()) as { icons: { src: string; sizes: string; purpose: string }[] };
    expect(manifest).toMatchObject({ display: 'standalone', start_url: '/', share_target: { action: '/share', method: 'POST' } });
    expect(manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toContain('512x512 maskable');
    for (const { src } of manifest.icons) expect((await fetch(url + src)).status).toBe(200);
    await context.close();
  });
});
