import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administrator, ask, DESK, expectAccessible, expectNoSidewaysScroll, key, launch, PHONE, shoot, url, visit } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('administration', () => {
  it('shows what goes on, cancels a job, invites somebody who comes in, and tells everybody something', async () => {
    const { context, page, complaints } = await administrator(browser, DESK);
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    await page.getByRole('link', { name: 'Admin' }).click();
    await page.getByText('Pictures made').waitFor();
    await page.getByRole('button', { name: 'Pause the queue' }).click();
    await page.getByText('paused', { exact: true }).waitFor();
    const body = JSON.stringify({ input: { prompt: 'somebody else’s castle' } });
    const { id } = (await (await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body })).json()) as { id: string };
    await page.getByRole('cell', { name: 'somebody else’s castle', exact: true }).waitFor();
    await expectAccessible(page, 'administration');
    await shoot(page, 'desk-light-admin');
    await page.getByRole('button', { name: 'Cancel: somebody else’s castle' }).click();
    await expect.poll(async () => (await ask<{ status: string }>(`/v1/jobs/${id}`)).status).toBe('canceled');
    await page.getByRole('button', { name: 'Go on' }).click();

    await page.getByRole('tab', { name: 'People' }).click();
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = (await page.getByText(/#invitation=/).textContent()) ?? '';
    const guest = await visit(browser, DESK);
    await guest.page.goto('about:blank'); // from the page itself only the fragment would change, which loads nothing
    await guest.page.goto(link);
    await guest.page.getByLabel('E-mail').fill(`guest-${Date.now()}@example.org`);
    await guest.page.getByLabel('New password', { exact: true }).fill('a guest at the table');
    await guest.page.keyboard.press('Enter');
    await guest.page.getByRole('textbox', { name: 'Prompt' }).waitFor();
    expect(await guest.page.getByRole('link', { name: 'Admin' }).count()).toBe(0);

    await page.getByRole('tab', { name: 'Service' }).click();
    await page.getByLabel('What everybody is to read').fill('Back at noon');
    await page.getByRole('button', { name: 'Publish' }).click();
    await guest.page.reload();
    await guest.page.getByRole('status').filter({ hasText: 'Back at noon' }).waitFor();
    await page.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('button', { name: 'Withdraw' }).waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Audit log' }).click();
    await page.getByRole('cell', { name: 'queue.pause' }).first().waitFor();
    await page.getByRole('tab', { name: 'Usage' }).click();
    await page.getByRole('img', { name: /pictures? in 30 days/ }).waitFor();
    expect(complaints).toEqual([]);
    await guest.context.close();
    await context.close();
  });

  it.each([
    { look: 'phone-light', options: PHONE },
    { look: 'desk-dark', options: { ...DESK, colorScheme: 'dark' as const } },
  ])('is accessible and fits on $look', async ({ look, options }) => {
    const { context, page } = await administrator(browser, options);
    await page.goto(`${url}/admin`);
    for (const tab of ['Overview', 'People', 'Usage', 'Service', 'Audit log']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.waitForLoadState('networkidle');
      await expectAccessible(page, `administration, ${tab}, ${look}`);
      await expectNoSidewaysScroll(page, `administration, ${tab}, ${look}`);
      await shoot(page, `${look}-admin-${tab.toLowerCase().replace(' ', '-')}`);
    }
    await context.close();
  });
});
