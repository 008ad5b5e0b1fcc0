import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { App } from '@/app';
import { ApiError, offline } from '@/api/errors';
import { makeI18n } from '@/lib/i18n';
import { GOOD_KEY, PlayedApi } from '@/test-api';

function open(api: PlayedApi, path = '/') {
  window.history.pushState({}, '', path);
  render(<App api={api} i18n={makeI18n()} />);
  return userEvent.setup({ delay: null });
}

/** As a link that is opened where the page is open already. */
const follow = (hash: string) =>
  act(() => {
    window.history.replaceState(null, '', window.location.pathname + hash);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  });

afterEach(() => vi.unstubAllGlobals());

describe('a link opened in an open tab', () => {
  it('shows what it is for instead of the sign-in, and signs in', async () => {
    const api = new PlayedApi(false);
    const user = open(api, '/gallery?q=cat');
    await screen.findByLabelText('E-mail');
    follow('?q=cat#invitation=tok_1');
    await screen.findByText('You were invited. Choose a password and you are in.');
    follow('?q=cat#reset=tok_2');
    await screen.findByText('Choose a new password for your account.');
    await user.type(screen.getByLabelText('E-mail'), 'ana@example.org');
    await user.type(screen.getByLabelText('New password'), 'short{Enter}');
    expect(screen.getByRole('alert').textContent).toBe('The password needs at least 10 characters.');
    await user.clear(screen.getByLabelText('New password'));
    api.signIn = () => Promise.resolve({ kind: 'person', label: 'ana@example.org', role: 'user' });
    await user.type(screen.getByLabelText('New password'), 'long enough for all{Enter}');
    await screen.findByRole('heading', { name: 'Gallery' });
    expect(api.asked.find(({ what }) => what === 'POST /v1/auth/reset-password')?.body).toEqual({ token: 'tok_2', new_password: 'long enough for all' });
    expect(window.location.hash).toBe('');
    expect(window.location.search).toBe('?q=cat');
  });

  it('says that a link is worth nothing any more', async () => {
    const api = new PlayedApi(false);
    api.answers.set('POST /v1/auth/reset-password', () => Promise.reject(new ApiError('invalid_token', 'no', 401)));
    const user = open(api, '/#reset=old');
    await user.type(await screen.findByLabelText('E-mail'), 'ana@example.org');
    await user.type(screen.getByLabelText('New password'), 'long enough for all{Enter}');
    expect((await screen.findByRole('alert')).textContent).toBe('This link was used already or is too old. Ask for another one.');
  });

  it('asks who is signed in whether to stay so', async () => {
    const user = open(new PlayedApi());
    await screen.findByRole('textbox', { name: 'Prompt' });
    follow('#reset=tok_1');
    const stay = await screen.findByRole('button', { name: `Stay signed in as ${GOOD_KEY}` });
    expect(getComputedStyle(screen.getByText(stay.textContent)).whiteSpace).toBe('normal'); // a long address is read to its end
    await user.click(stay);
    await screen.findByRole('textbox', { name: 'Prompt' });
    expect(window.location.hash).toBe('');
  });

  it('fills the set-up token in', async () => {
    const api = new PlayedApi(false);
    api.needsSetUp = true;
    open(api);
    expect(await screen.findByLabelText('Set-up token')).toHaveProperty('value', '');
    follow('#setup=first');
    expect(screen.getByLabelText('Set-up token')).toHaveProperty('value', 'first');
  });
});

describe('other ways in', () => {
  it('lead over a provider and back to the place, with a session to be expected', async () => {
    const api = new PlayedApi(false);
    api.answers.set('GET /v1/auth/providers', [{ id: 'oidc', name: 'Acme', url: '/v1/auth/oidc/start' }]);
    const user = open(api, '/gallery?q=cat');
    const link = await screen.findByRole('link', { name: 'Continue with Acme' });
    expect(link.getAttribute('href')).toBe('/v1/auth/oidc/start?back_to=%2Fgallery%3Fq%3Dcat');
    await user.click(link);
    expect(api.expected).toBe(1);
  });

  it('that came to nothing are told of, and may be tried again', async () => {
    const user = open(new PlayedApi(false), '/#refused=permission_denied');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toBe('Your account there may not use this service. Ask an administrator.');
    await user.click(within(alert).getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('alert')).toBeNull();
    follow('#refused=unavailable');
    expect((await screen.findByRole('alert')).textContent).toBe('Signing in there did not work. Try again.');
  });

  it('make an account where everybody may, which waits where an administrator opens it', async () => {
    const api = new PlayedApi(false);
    api.answers.set('POST /v1/auth/register', {});
    api.registration = 'approval';
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: 'Create an account' }));
    await user.type(screen.getByLabelText('E-mail'), 'ana@example.org');
    await user.type(screen.getByLabelText('New password'), 'long enough for all{Enter}');
    expect(await screen.findByText(/as soon as an administrator has opened it/)).toBeTruthy();
    expect(api.asked.find(({ what }) => what === 'POST /v1/auth/register')?.body).toMatchObject({ email: 'ana@example.org', password: 'long enough for all' });
    await user.click(screen.getByRole('button', { name: 'Use an e-mail address and a password' }));
    expect(screen.getByLabelText('Password')).toBeTruthy();
  });

  it('are not there where accounts are closed', async () => {
    open(new PlayedApi(false));
    await screen.findByLabelText('E-mail');
    expect(screen.queryByRole('button', { name: 'Create an account' })).toBeNull();
    expect(screen.queryByRole('link', { name: /Continue with/ })).toBeNull();
  });
});

describe('without the server', () => {
  it('the thumbnails that are kept are shown, and they go with the session', async () => {
    const kept = [{ url: '/files/a/thumbnail' }, { url: '/files/b/thumbnail' }];
    const remove = vi.fn(() => Promise.resolve(true));
    vi.stubGlobal('caches', { open: () => Promise.resolve({ keys: () => Promise.resolve(kept) }), delete: remove });
    const api = new PlayedApi();
    api.resume = () => Promise.reject(offline());
    const user = open(api);
    await screen.findByRole('heading', { name: 'Your latest pictures' });
    expect(screen.getAllByRole('img').map((image) => image.getAttribute('src'))).toEqual(['/files/b/thumbnail', '/files/a/thumbnail']);
    expect(remove).not.toHaveBeenCalled();
    api.resume = () => PlayedApi.prototype.resume.call(api);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByRole('textbox', { name: 'Prompt' });
    expect(remove).not.toHaveBeenCalled();
    await user.click(screen.getAllByRole('link', { name: 'Settings' })[0] ?? document.body);
    await user.click(await screen.findByRole('button', { name: 'Sign out' }));
    await waitFor(() => expect(remove).toHaveBeenCalledWith('avila-thumbnails'));
  });
});
