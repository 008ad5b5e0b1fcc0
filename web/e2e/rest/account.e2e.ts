import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administrator, askAs, choose, DESK, expectAccessible, expectNoSidewaysScroll, launch, PHONE, shoot, url, visit } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('an account', () => {
  it('opens its links in a tab that is open already, keeps the place that was asked for, takes its data along, and goes', async () => {
    const admin = await administrator(browser, DESK);
    const email = `guest-${Date.now()}@example.org`;
    const { token: invitation } = await askAs<{ token: string }>(admin.page, 'POST', '/v1/invitations', {});
    const { context, page, complaints } = await visit(browser, DESK);
    const prompt = page.getByRole('textbox', { name: 'Prompt' });
    const fill = async (label: string, password: string) => {
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel(label, { exact: true }).fill(password);
      await page.keyboard.press('Enter');
    };

    await page.getByLabel('Password', { exact: true }).waitFor();
    await page.goto(`${url}/#invitation=${invitation}`); // only the fragment changes, so nothing is loaded
    await page.getByText('You were invited.').waitFor();
    await expectAccessible(page, 'an invitation');
    await fill('New password', 'a guest at the table');
    await prompt.waitFor();
    expect(page.url()).toBe(`${url}/`);

    const { id } = await askAs<{ id: string }>(page, 'GET', '/v1/auth/me');
    const { token: reset } = await askAs<{ token: string }>(admin.page, 'POST', `/v1/users/${id}/reset-password`);
    await page.goto(`${url}/#reset=${reset}`);
    await page.getByRole('button', { name: `Stay signed in as ${email}` }).click();
    await prompt.waitFor();
    await page.goto(`${url}/#reset=${reset}`);
    await page.getByText('Choose a new password').waitFor();
    await shoot(page, 'desk-light-reset');
    await fill('New password', 'another one of a guest');
    await prompt.waitFor();

    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('Password', { exact: true }).waitFor();
    await page.goto(`${url}/gallery?q=seed:4`); // a place within, from outside
    await fill('Password', 'another one of a guest');
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Search your pictures' }).inputValue()).toBe('seed:4');
    await page.goto(`${url}/settings`); // and once more while signed in
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download everything' }).click()]);
    expect((await readFile(await file.path())).subarray(0, 2).toString()).toBe('PK');

    await page.getByRole('button', { name: 'Erase my account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('E-mail').fill(email);
    await dialog.getByLabel('Password', { exact: true }).fill('wrong of course');
    await dialog.getByRole('button', { name: 'Erase everything' }).click();
    await dialog.getByRole('alert').waitFor();
    await expectAccessible(page, 'the erasure');
    await dialog.getByLabel('Password', { exact: true }).fill('another one of a guest');
    await dialog.getByRole('button', { name: 'Erase everything' }).click();
    await page.getByRole('link', { name: 'Continue with Example' }).waitFor(); // the sign-in; the dialogue asked for a password too
    await fill('Password', 'another one of a guest');
    await page.getByText('The e-mail address or the password is not right.').waitFor();
    expect(complaints.filter((text) => !/40[013]/.test(text))).toEqual([]); // 400: the erasure by a wrong password
    await context.close();
    await admin.context.close();
  });

  it('is entered over a provider, and back at the place that was asked for', async () => {
    const { context, page, complaints } = await visit(browser, DESK);
    await page.goto(`${url}/gallery?q=seed:4`);
    await page.getByRole('link', { name: 'Continue with Example' }).click();
    await page.waitForURL((at) => at.origin !== url);
    await page.locator('input[name=sub]').fill('bea');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    expect(page.url()).toBe(`${url}/gallery?q=seed:4`);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('bea@example.org').first().waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('Password', { exact: true }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Continue with Example' }).waitFor();
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    await context.close();
  });

  it.each([
    { look: 'desk-light', options: DESK },
    { look: 'phone-dark', options: { ...PHONE, colorScheme: 'dark' as const } },
  ])('is accessible and fits on $look', async ({ look, options }) => {
    const { context, page } = await administrator(browser, options);
    await page.goto(`${url}/settings`);
    await page.getByRole('button', { name: 'Erase my account' }).waitFor();
    await page.waitForLoadState('networkidle');
    await expectAccessible(page, `an account, ${look}`);
    await expectNoSidewaysScroll(page, `an account, ${look}`);
    await shoot(page, `${look}-account`, true);
    await context.close();
  });

  it('is told by the system when a picture is ready that nobody looks at', async () => {
    const { context, page } = await administrator(browser, DESK);
    await context.grantPermissions(['notifications'], { origin: url });
    await page.getByRole('link', { name: 'Settings' }).click();
    const notices = page.getByRole('switch', { name: 'Notify me when a picture is ready' });
    await notices.click();
    await expect.poll(() => notices.isChecked()).toBe(true); // once the browser has said that it may
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await page.getByRole('link', { name: 'Create' }).click();
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a surprise');
    await choose(page, 'Quality', 'Fast');
    await page.evaluate(() => Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })); // looks elsewhere
    await page.keyboard.press('Control+Enter');
    const shown = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        return ((await registration?.getNotifications()) ?? []).map(({ title, body }) => ({ title, body }));
      });
    await expect.poll(shown, { timeout: 60_000 }).toEqual([{ title: 'The picture is ready', body: 'a surprise' }]);
    await context.close();
  });
});
