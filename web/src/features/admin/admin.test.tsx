import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { App } from '@/app';
import { filledDays } from '@/features/admin/days';
import { makeI18n } from '@/lib/i18n';
import { makeQuota, PlayedApi, type Answer } from '@/test-api';

const FIGURES = {
  since: '2026-11-26T00:00:00Z',
  images: 1234,
  jobs: 600,
  mean_seconds: 2.5,
  megapixel_steps: 10,
  slots: { used: 3, total: 8 },
  waiting: 2,
  is_paused: false,
  accelerator: { kind: 'gpu', count: 1, utilisation: 0.42, memory_used: null, memory_total: null },
};
const JOB = { id: 'job_9', owner: 'user_1', owner_name: 'Ana', prompt: 'a castle', model: 'sd15', status: 'processing', progress: 0.5, queue_position: null };
const USER = {
  id: 'user_1',
  email: 'ana@example.org',
  name: 'Ana',
  role: 'user',
  status: 'active',
  created_at: '2026-11-01T00:00:00Z',
  signed_in_at: null,
  timezone: 'UTC',
  limits: { images_per_day: 50 },
  preferences: { embed_recipe: true, result_cache: true },
};

function administrator(): PlayedApi {
  const api = new PlayedApi();
  api.session = { kind: 'person', label: 'root@example.org', role: 'admin' };
  api.answers.set('GET /v1/admin/figures', FIGURES);
  api.answers.set('GET /v1/admin/queue', { results: [JOB], next: null });
  api.answers.set('GET /v1/users', { results: [USER], next: null });
  api.answers.set('GET /v1/users/user_1/quota', makeQuota());
  api.answers.set('POST /v1/admin/jobs/job_9/cancel', {});
  api.answers.set('PATCH /v1/users/user_1', USER);
  api.answers.set('POST /v1/invitations', { token: 'tok' });
  return api;
}

function open(api: PlayedApi, path = '/admin') {
  window.history.pushState({}, '', path);
  render(<App api={api} i18n={makeI18n()} />);
  return userEvent.setup({ delay: null });
}
const bodyOf = (api: PlayedApi, what: string) => api.asked.find((asked) => asked.what === what)?.body;

describe('administration', () => {
  it('shows the four tiles and the queue, and cancels anybody’s job', async () => {
    const api = administrator();
    const user = open(api);
    expect((await screen.findByText('Pictures made')).nextSibling?.textContent).toContain('1,234');
    for (const text of ['2.5 sec', '3 / 8', '42%']) expect(screen.getByText(text)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Cancel: a castle' }));
    await waitFor(() => expect(api.asked.map(({ what }) => what)).toContain('POST /v1/admin/jobs/job_9/cancel'));
  });

  it('pauses the queue where it is looked at, for administrators only, and lets it go on', async () => {
    const api = administrator();
    let isPaused = false;
    api.answers.set('GET /v1/admin/figures', () => ({ ...FIGURES, is_paused: isPaused }));
    api.answers.set('PUT /v1/admin/queue/paused', ((_path, { body }) => {
      isPaused = (body as { is_paused: boolean }).is_paused;
      return body;
    }) satisfies Answer);
    const user = open(api, '/queue');
    await user.click(await screen.findByRole('button', { name: 'Pause the queue' }));
    expect(await screen.findByText('paused')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Go on' }));
    expect(await screen.findByRole('button', { name: 'Pause the queue' })).toBeTruthy();
    cleanup();
    open(new PlayedApi(), '/queue');
    expect(await screen.findByText('Nothing is waiting')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Pause the queue' })).toBeNull();
  });

  it('changes a person’s role and limits, and makes an invitation', async () => {
    const api = administrator();
    const user = open(api);
    await user.click(await screen.findByRole('tab', { name: 'People' }));
    await user.click(await screen.findByRole('button', { name: 'Change ana@example.org' }));
    const dialog = await screen.findByRole('dialog');
    await user.selectOptions(within(dialog).getByLabelText('Role'), 'Viewer');
    await user.clear(within(dialog).getByLabelText('Pictures a day'));
    await user.type(within(dialog).getByLabelText('Pictures a day'), '7');
    await user.click(within(dialog).getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(bodyOf(api, 'PATCH /v1/users/user_1')).toMatchObject({ role: 'viewer', limits: { images_per_day: 7 } }));
    await user.click(await screen.findByRole('button', { name: 'Make a link' }));
    expect(await screen.findByText(/#invitation=tok$/)).toBeTruthy();
  });

  it('is named in the navigation to administrators only', async () => {
    open(new PlayedApi(), '/queue');
    await screen.findByRole('heading', { name: 'Queue' });
    expect(screen.queryAllByRole('link', { name: 'Admin' })).toEqual([]);
  });
});

describe('an announcement', () => {
  it('stands above every screen until it is closed', async () => {
    const api = new PlayedApi();
    api.answers.set('GET /v1/announcement', { text: 'Back at noon', level: 'warning', created_at: '2026-11-26T10:00:00Z', until: null });
    const user = open(api, '/queue');
    const banner = (await screen.findByText('Back at noon')).closest('[role=status]');
    await user.click(within(banner as HTMLElement).getByRole('button', { name: 'Close' }));
    expect(screen.queryByText('Back at noon')).toBeNull();
  });
});

describe('a month of usage', () => {
  it('has every day, also those without a picture', () => {
    expect(filledDays([{ day: '2026-11-30', images: 4 }], '2026-11-29', 3)).toEqual([
      { day: '2026-11-29', images: 0 },
      { day: '2026-11-30', images: 4 },
      { day: '2026-12-01', images: 0 },
    ]);
  });

  it('lists everybody’s keys, and revokes one after a question', async () => {
    const api = administrator();
    const key = { id: 'key_1', name: 'ci', prefix: 'av_abc', scopes: ['read'], policy: {}, user_id: 'user_1', owner_name: 'ana@example.org', created_at: '2026-11-01T00:00:00Z', expires_at: null, last_used_at: null, revoked_at: null };
    api.answers.set('GET /v1/admin/keys', { results: [key, { ...key, id: 'key_2', name: 'old', user_id: null, owner_name: null, revoked_at: '2026-11-02T00:00:00Z' }], next: null });
    const user = open(api);
    await user.click(await screen.findByRole('tab', { name: 'API keys' }));
    expect(await screen.findByText('the installation')).toBeTruthy();
    expect(screen.getByRole('cell', { name: 'ana@example.org' })).toBeTruthy();
    expect(screen.queryByText('user_1')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Revoke the key old' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Revoke the key ci' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Revoke' }));
    await waitFor(() => expect(api.asked.some(({ what }) => what === 'DELETE /v1/admin/keys/key_1')).toBe(true));
  });

  it('names in the audit log whose account is there still, page by page, and nobody else', async () => {
    const api = administrator();
    const act = { id: 'act_1', at: '2026-11-26T10:00:00Z', action: 'user.change', outcome: 'done', actor: 'usr_1', target: 'usr_2', key_id: null, address: null, request_id: null, details: {} };
    const pages = [
      { results: [act, { ...act, id: 'act_2', action: 'model.drain', target: 'avila-demo' }], next: 'more' },
      { results: [{ ...act, id: 'act_3', actor: 'usr_gone', target: 'usr_9' }], next: null },
    ];
    api.answers.set('GET /v1/audit', ((path) => pages[path.includes('cursor=more') ? 1 : 0]) satisfies Answer);
    const asked: string[][] = [];
    api.answers.set('GET /v1/users', ((path) => {
      const ids = new URLSearchParams(path.split('?')[1]).getAll('id');
      asked.push(ids);
      return { results: ids.filter((id) => id !== 'usr_gone').map((id) => ({ ...USER, id, email: `${id}@example.org` })), next: null };
    }) satisfies Answer);
    const user = open(api);
    await user.click(await screen.findByRole('tab', { name: 'Audit log' }));
    expect(await screen.findAllByRole('cell', { name: 'usr_1@example.org' })).toHaveLength(2);
    expect(screen.getByRole('cell', { name: 'usr_2@example.org' })).toBeTruthy();
    expect(screen.getByRole('cell', { name: 'avila-demo' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Show more' }));
    expect(await screen.findByRole('cell', { name: 'usr_9@example.org' })).toBeTruthy();
    expect(screen.getByRole('cell', { name: 'usr_gone' })).toBeTruthy();
    expect(asked).toEqual([['usr_1', 'usr_2'], ['usr_gone', 'usr_9']]);
  });

  it('sets what a role may see, and adds, tries and removes rules', async () => {
    const api = administrator();
    api.answers.set('GET /v1/safety', { prompts: 'off', pictures: 'off', has_checker: false });
    for (const role of ['viewer', 'user', 'admin']) api.answers.set(`GET /v1/roles/${role}/safety`, { prompts: 'off', pictures: 'off', sensitivity: 0 });
    api.answers.set('GET /v1/safety/rules', [{ id: 'rule_1', label: 'no castles', words: 'castle*', created_by: 'u', created_at: '2026-11-01T00:00:00Z' }]);
    api.answers.set('POST /v1/safety/rules/match', { rule: 'rule_1', label: 'no castles' });
    const user = open(api);
    await user.click(await screen.findByRole('tab', { name: 'Safety' }));
    const form = within(await screen.findByRole('form', { name: 'User' }));
    await user.selectOptions(form.getByRole('combobox', { name: 'Prompts' }), 'block');
    await user.click(form.getByRole('button', { name: 'Save' }));
    expect(await form.findByText('Saved')).toBeTruthy();
    expect(bodyOf(api, 'PUT /v1/roles/user/safety')).toEqual({ prompts: 'block', pictures: 'off', sensitivity: 0 });
    expect(screen.getByText('No safety checker is installed, so pictures cannot be looked at.')).toBeTruthy();
    await user.type(screen.getByRole('textbox', { name: 'Try a prompt' }), 'two castles');
    await user.click(screen.getByRole('button', { name: 'Try' }));
    await waitFor(() => expect(screen.getAllByText('no castles')).toHaveLength(2)); // the rule, and what was found
    await user.type(screen.getByRole('textbox', { name: 'Words' }), 'moat');
    await user.type(screen.getByRole('textbox', { name: 'What people are told' }), 'no moats');
    await user.click(screen.getByRole('button', { name: 'Add the rule' }));
    await waitFor(() => expect(bodyOf(api, 'POST /v1/safety/rules')).toEqual({ label: 'no moats', words: 'moat' }));
    await user.click(screen.getByRole('button', { name: 'Remove the rule castle*' }));
    await waitFor(() => expect(api.asked.some(({ what }) => what === 'DELETE /v1/safety/rules/rule_1')).toBe(true));
  });
});
