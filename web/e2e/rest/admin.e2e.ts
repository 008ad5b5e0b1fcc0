import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administrator, ask, askAs, DESK, expectAccessible, expectNoSidewaysScroll, key, launch, PHONE, shoot, signedIn, url, visit, type Made } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** A picture of the model that ships takes a second; one that waits this long is held back. */
const DRAINED_MS = 5000;

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

  it('drains a model: its jobs wait, which the page says, until they are let go', async () => {
    const { context, page, complaints } = await administrator(browser, DESK);
    const { data: [{ id: model }] } = await ask<{ data: [{ id: string }] }>('/v1/models');
    await page.goto(`${url}/admin`);
    await page.getByRole('tab', { name: 'Service' }).click();
    const row = page.getByRole('listitem').filter({ hasText: model });
    await row.getByRole('button', { name: `Drain: ${model}` }).click();
    await row.getByText('drained, 0 still run').waitFor();
    await expectAccessible(page, 'administration, a drained model');
    await shoot(page, 'desk-light-drained');

    const guest = await signedIn(browser, DESK);
    await guest.page.getByRole('textbox', { name: 'Prompt' }).fill('a lighthouse at low tide');
    await guest.page.keyboard.press('Control+Enter');
    await guest.page.getByText(/^Number 1 in the queue/).waitFor();
    const made = async () => (await ask<{ results: Made[] }>('/v1/jobs?limit=5')).results.find(({ input }) => input.prompt === 'a lighthouse at low tide');
    await expect.poll(async () => (await made())?.status).toBe('queued');
    await guest.page.waitForTimeout(DRAINED_MS);
    expect((await made())?.status).toBe('queued');
    await guest.page.getByText(/^Number 1 in the queue/).waitFor();

    await row.getByRole('button', { name: `Let its jobs go: ${model}` }).click();
    await row.getByText(/drained/).waitFor({ state: 'detached' });
    await guest.page.getByRole('button', { name: 'Open picture 1: a lighthouse at low tide' }).waitFor();
    await expect.poll(async () => (await made())?.status).toBe('succeeded');
    await page.getByRole('tab', { name: 'Audit log' }).click();
    for (const act of ['model.drain', 'model.undrain']) await page.getByRole('row').filter({ has: page.getByRole('cell', { name: act, exact: true }) }).getByText(model).first().waitFor();
    expect([...complaints, ...guest.complaints]).toEqual([]);
    await guest.context.close();
    await context.close();
  });

  it('sets a safety policy, which who it meets is told of, and revokes a key that leaked', async () => {
    const { context, page, complaints } = await administrator(browser, DESK);
    const key = await askAs<{ id: string; key: string }>(page, 'POST', '/v1/keys', { name: 'leaked', scopes: ['read'] });
    await page.goto(`${url}/admin`);
    await page.getByRole('tab', { name: 'Safety' }).click();
    await page.getByLabel('Words', { exact: true }).fill('forbidden castle*');
    await page.getByLabel('What people are told').fill('no castles');
    await page.getByRole('button', { name: 'Add the rule' }).click();
    await page.getByText('forbidden castle*').waitFor();
    await page.getByLabel('Try a prompt').fill('two FORBIDDEN castles');
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.getByRole('status').filter({ hasText: 'no castles' }).waitFor();
    const policy = page.getByRole('form', { name: 'Administrator' });
    const set = async (level: string) => {
      await policy.getByLabel('Prompts').selectOption(level);
      await policy.getByRole('button', { name: 'Save' }).click();
      await policy.getByText('Saved').waitFor();
    };
    await set('block');
    await page.getByRole('link', { name: 'Create' }).click();
    await page.getByRole('textbox', { name: 'Prompt' }).fill('a forbidden castle');
    await page.keyboard.press('Control+Enter');
    const alert = page.getByRole('alert').filter({ hasText: 'do not allow this picture' });
    await alert.getByText(/no castles/).waitFor(); // the rule, in the words that were chosen for it
    await expectAccessible(page, 'a blocked prompt');
    await shoot(page, 'desk-light-blocked');

    await page.getByRole('link', { name: 'Admin' }).click();
    await page.getByRole('tab', { name: 'Safety' }).click();
    await set('off');
    await page.getByRole('button', { name: 'Remove the rule forbidden castle*' }).click();
    await page.getByText('There are no rules.').waitFor();
    await page.getByRole('tab', { name: 'API keys' }).click();
    const asLeaked = async () => (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key.key}` } })).status;
    expect(await asLeaked()).toBe(200);
    await page.getByRole('button', { name: 'Revoke the key leaked' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke the key leaked' }).waitFor({ state: 'detached' });
    await expect.poll(asLeaked).toBe(401);
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
    await context.close();
  });

  it.each([
    { look: 'phone-light', options: PHONE },
    { look: 'desk-dark', options: { ...DESK, colorScheme: 'dark' as const } },
  ])('is accessible and fits on $look', async ({ look, options }) => {
    const { context, page } = await administrator(browser, options);
    await page.goto(`${url}/admin`);
    for (const tab of ['Overview', 'People', 'API keys', 'Usage', 'Safety', 'Service', 'Audit log']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.waitForLoadState('networkidle');
      await expectAccessible(page, `administration, ${tab}, ${look}`);
      await expectNoSidewaysScroll(page, `administration, ${tab}, ${look}`);
      await shoot(page, `${look}-admin-${tab.toLowerCase().replace(' ', '-')}`);
    }
    await context.close();
  });
});
