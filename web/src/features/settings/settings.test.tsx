import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { App } from '@/app';
import { deviceOf } from '@/features/settings/sessions-card';
import { makeI18n } from '@/lib/i18n';
import { PlayedApi } from '@/test-api';

const KEY = { id: 'key_1', name: 'laptop', prefix: 'av_abc', scopes: ['read'], policy: {}, user_id: 'u', created_at: '2026-11-01T00:00:00Z' };
const key = { ...KEY, expires_at: null, last_used_at: null, revoked_at: null };

function open(api: PlayedApi) {
  window.history.pushState({}, '', '/settings');
  render(<App api={api} i18n={makeI18n()} />);
  return userEvent.setup({ delay: null });
}

function person(): PlayedApi {
  const api = new PlayedApi();
  api.session = { kind: 'person', label: 'ana@example.org', role: 'user' };
  api.answers.set('GET /v1/auth/me', { name: 'Ana', preferences: { result_cache: true } });
  const session = { created_at: '2026-11-26T09:05:00Z', refreshed_at: '2026-11-26T09:05:00Z' };
  api.answers.set('GET /v1/auth/sessions', [
    { ...session, id: 's1', agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150 Safari/537', is_current: true },
    { ...session, id: 's2', agent: 'Mozilla/5.0 (iPhone) Safari/605', is_current: false },
  ]);
  return api;
}

const bodyOf = (api: PlayedApi, what: string) => api.asked.findLast((asked) => asked.what === what)?.body;

describe('the account', () => {
  it('shows what is used and left, and when the day begins anew', async () => {
    open(new PlayedApi());
    expect(await screen.findByText('23 of 50')).toBeTruthy();
    expect(screen.getByText('12.5, without a limit')).toBeTruthy();
    expect(screen.getByText('250 MB of 1 GB')).toBeTruthy();
    expect(screen.getByText(/begins anew on/)).toBeTruthy();
    expect(screen.queryByText('Where you are signed in')).toBeNull(); // a key has no sessions
  });

  it('makes a key that is shown once, and revokes after a question', async () => {
    const api = person();
    api.answers.set('GET /v1/keys', [key]);
    api.answers.set('POST /v1/keys', { ...key, id: 'key_2', key: 'av_secret' });
    const user = open(api);
    await user.type(await screen.findByRole('textbox', { name: 'Name of the key' }), 'ci');
    await user.click(screen.getByRole('checkbox', { name: 'Make pictures' }));
    await user.click(screen.getByRole('button', { name: 'Make a key' }));
    expect(await screen.findByText('av_secret')).toBeTruthy();
    expect(bodyOf(api, 'POST /v1/keys')).toEqual({ name: 'ci', scopes: ['read'], expires_at: null });
    await user.click(screen.getByRole('button', { name: 'Revoke the key laptop' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Revoke' }));
    await waitFor(() => expect(api.asked.some(({ what }) => what === 'DELETE /v1/keys/key_1')).toBe(true));
  });

  it('ends other sessions, and changes the password', async () => {
    const api = person();
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: 'End the session Safari, iPhone' }));
    await waitFor(() => expect(api.asked.some(({ what }) => what === 'DELETE /v1/auth/sessions/s2')).toBe(true));
    await user.type(screen.getByLabelText('Current password'), 'old');
    await user.type(screen.getByLabelText('New password'), 'short{Enter}');
    expect(screen.getByRole('alert').textContent).toBe('The password needs at least 10 characters.');
    await user.type(screen.getByLabelText('New password'), ' but not now{Enter}');
    expect((await screen.findAllByText('The password was changed.')).length).toBeGreaterThan(0);
    expect(bodyOf(api, 'POST /v1/auth/password')).toEqual({ current_password: 'old', new_password: 'short but not now' });
  });

  it('names devices as people do', () => {
    expect(deviceOf('Mozilla/5.0 (Windows NT 10.0) Chrome/150 Safari/537 Edg/150')).toBe('Edge, Windows');
    expect(deviceOf('curl/8')).toBe('curl/8');
    expect(deviceOf('')).toBeNull();
  });
});
