import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administrator, DESK, expectAccessible, expectNoSidewaysScroll, launch, make, PHONE, shoot, url } from '../browser';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** What tests/web/conftest.py publishes at the hub on this machine, slowly. */
const PUBLISHED = 'avila/melted';

async function look(page: Page, source: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Install a model' });
  await dialog.getByLabel('Source').fill(source);
  await dialog.getByRole('button', { name: 'Look at it' }).click();
}

describe('models', () => {
  it('are installed from a hub with a pause on the way, deleted and taken back', async () => {
    const { context, page, complaints } = await administrator(browser, DESK);
    await page.getByRole('link', { name: 'Models' }).click();
    await page.getByRole('button', { name: 'Install a model' }).click();
    const dialog = page.getByRole('dialog', { name: 'Install a model' });
    await look(page, 'avila/nothing-there');
    await dialog.getByRole('alert').waitFor();
    await look(page, PUBLISHED);
    const offer = dialog.getByRole('group', { name: 'What the source offers' });
    await offer.getByText('LoRA', { exact: true }).waitFor();
    await offer.getByText('openrail', { exact: false }).first().waitFor();
    await offer.getByLabel('Name', { exact: true }).fill('melted');
    expect(await offer.getByRole('button', { name: 'Install', exact: true }).isDisabled()).toBe(true); // the licence first
    await offer.getByLabel('I have read the licence and accept it').check();
    await expectAccessible(page, 'an offer');
    await shoot(page, 'desk-light-install');
    await offer.getByRole('button', { name: 'Install', exact: true }).click();

    const row = page.getByRole('listitem').filter({ hasText: 'melted' });
    const bar = row.getByRole('progressbar', { name: 'Progress of melted' });
    const share = async () => Number((await bar.getAttribute('aria-valuenow')) ?? 0);
    await expect.poll(share, { timeout: 30_000 }).toBeGreaterThan(0);
    await row.getByRole('button', { name: 'Pause' }).click();
    await row.getByText('Paused').waitFor();
    const paused = await share();
    expect(paused).toBeLessThan(100);
    await expectAccessible(page, 'an installation');
    await shoot(page, 'desk-light-installing');
    await page.reload(); // it is the server's work, not this page's
    await row.getByText('Paused').waitFor();
    await row.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(share, { timeout: 30_000 }).toBeGreaterThanOrEqual(paused);
    const card = page.getByRole('heading', { name: 'melted', exact: true });
    await card.waitFor({ timeout: 90_000 });
    await bar.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Delete melted' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('melted was deleted.').waitFor();
    await card.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Take back' }).click();
    await card.waitFor();
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
    await context.close();
  });

  it('are unloaded and loaded, deleted into the trash and taken back', async () => {
    const { context, page } = await administrator(browser, DESK);
    await page.goto(`${url}/models`);
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'avila-demo', exact: true }) });
    await card.getByText('loaded', { exact: true }).waitFor();
    await card.getByText('Size on disk').waitFor();
    await expectAccessible(page, 'models');
    await card.getByRole('button', { name: 'Unload' }).click();
    await card.getByText('not loaded', { exact: true }).waitFor({ timeout: 60_000 });
    await card.getByRole('button', { name: 'Load', exact: true }).click();
    await card.getByText('loaded', { exact: true }).waitFor({ timeout: 90_000 });
    await card.getByRole('button', { name: 'Delete avila-demo' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    const trash = page.getByRole('region', { name: 'Deleted' });
    await trash.getByRole('button', { name: 'Take avila-demo back' }).click({ timeout: 60_000 });
    await card.getByText('loaded', { exact: true }).waitFor({ timeout: 90_000 });
    expect(await make('a red apple')).toBeTruthy(); // and it works
    await context.close();
  }, 300_000); // a pipeline is loaded three times

  it.each([
    { look: 'phone-light', options: PHONE },
    { look: 'desk-dark', options: { ...DESK, colorScheme: 'dark' as const } },
  ])('are accessible and fit on $look', async ({ look: name, options }) => {
    const { context, page } = await administrator(browser, options);
    await page.goto(`${url}/models`);
    await page.getByText('Size on disk').first().waitFor();
    await expectNoSidewaysScroll(page, `models, ${name}`);
    await expectAccessible(page, `models, ${name}`);
    await shoot(page, `${name}-models-admin`);
    await page.getByRole('button', { name: 'Install a model' }).click();
    await look(page, PUBLISHED);
    await page.getByRole('group', { name: 'What the source offers' }).waitFor();
    await expectNoSidewaysScroll(page, `an offer, ${name}`);
    await expectAccessible(page, `an offer, ${name}`);
    await shoot(page, `${name}-install`);
    await context.close();
  });
});
