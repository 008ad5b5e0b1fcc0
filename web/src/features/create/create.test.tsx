import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import { App } from '@/app';
import { makeI18n } from '@/lib/i18n';
import { choose, HOLD_MS, TWICE_MS } from '@/lib/shortcuts';
import { makeDoneJob, PlayedApi } from '@/test-api';

function open(api: PlayedApi) {
  window.history.pushState({}, '', '/');
  render(<App api={api} i18n={makeI18n()} />);
  return userEvent.setup({ delay: null });
}
const prompt = () => screen.findByRole('textbox', { name: 'Prompt' });

async function running(api: PlayedApi): Promise<void> {
  const user = open(api);
  await user.type(await prompt(), 'a red apple');
  await user.keyboard('{Control>}{Enter}{/Control}');
  await waitFor(() => expect(api.played).toHaveLength(1));
}

/** A key event at a time of its own. */
function press(type: 'keydown' | 'keyup', at: number, isRepeat = false): void {
  const event = new KeyboardEvent(type, { key: 'Escape', bubbles: true, cancelable: true, repeat: isRepeat });
  Object.defineProperty(event, 'timeStamp', { value: at });
  act(() => void document.body.dispatchEvent(event));
}

describe('Escape', () => {
  it('cancels when it is held, and not before it was held long', async () => {
    const api = new PlayedApi();
    await running(api);
    press('keydown', 0);
    press('keydown', HOLD_MS - 1, true);
    expect(api.last.cancelled).toBe(false);
    press('keydown', HOLD_MS, true);
    expect(api.last.cancelled).toBe(true);
  });

  it('that is let go and pressed much later begins anew', async () => {
    const api = new PlayedApi();
    await running(api);
    press('keydown', 0);
    press('keyup', 100);
    press('keydown', TWICE_MS + 1);
    press('keydown', TWICE_MS + HOLD_MS - 100, true);
    expect(api.last.cancelled).toBe(false);
  });
});

describe('a picture that waits', () => {
  it('says its place, and moves up as those before it are done', async () => {
    const api = new PlayedApi();
    await running(api);
    expect(screen.getAllByText('Waiting …').length).toBeGreaterThan(0);
    Object.assign(api.last.job, { position: 2, etaSeconds: 30 });
    expect(await screen.findAllByText('Number 2 in the queue, about 30 sec', {}, { timeout: 5000 })).toBeTruthy();
    Object.assign(api.last.job, { position: 1, etaSeconds: null });
    expect(await screen.findAllByText('Number 1 in the queue', {}, { timeout: 5000 })).toBeTruthy();
  }, 12_000);
});

describe('a picture that is being drawn', () => {
  it('says how long it will still take, by the pace so far', async () => {
    const api = new PlayedApi();
    await running(api);
    const now = vi.spyOn(Date, 'now');
    now.mockReturnValue(100_000);
    act(() => api.last.tell({ type: 'status', status: 'processing', error: null }));
    now.mockReturnValue(110_000);
    act(() => api.last.tell({ type: 'progress', image: 0, fraction: 0.25 }));
    expect(screen.getByText('Drawing … 25%, about 30 sec left')).toBeTruthy();
    now.mockReturnValue(139_000);
    act(() => api.last.tell({ type: 'progress', image: 0, fraction: 0.97 }));
    expect(screen.getByText('Drawing … 97%')).toBeTruthy(); // a second or two is not worth telling
  });
});

describe('what is typed', () => {
  it('is kept at once when the page is left', async () => {
    const user = open(new PlayedApi());
    await user.type(await prompt(), 'a lost thought');
    fireEvent(window, new Event('pagehide'));
    expect(localStorage.getItem('avila.draft')).toContain('a lost thought');
  });
});

describe('the button that starts', () => {
  it('names the keys that stand for it now', async () => {
    choose('generate', { key: 'j', mod: true });
    open(new PlayedApi());
    const button = await screen.findByRole('button', { name: /Generate/ });
    expect(button.textContent).toContain('Ctrl J');
  });
});

describe('a finished picture', () => {
  const saved: string[] = [];
  beforeEach(() => {
    saved.length = 0;
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download);
    });
  });

  it('is downloaded in the wanted format, with or without its recipe', async () => {
    const api = new PlayedApi();
    api.stored = [makeDoneJob('job_1')];
    const wanted: string[] = [];
    api.answers.set('GET /v1/history/job_1-0/copy', (path: string) => {
      wanted.push(path.split('?')[1] ?? '');
      return null;
    });
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: 'Other files' }));
    await user.click(await screen.findByText('With the recipe'));
    await user.click(screen.getByRole('menuitem', { name: 'Download as JPEG' }));
    await waitFor(() => expect(saved).toEqual(['a-red-apple-7.jpg']));
    cleanup();
    open(api); // the choice is kept for the next time
    await user.click(await screen.findByRole('button', { name: 'Other files' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Download as WEBP' }));
    await waitFor(() => expect(saved).toEqual(['a-red-apple-7.jpg', 'a-red-apple-7.webp']));
    expect(wanted).toEqual(['format=jpeg&recipe=false', 'format=webp&recipe=false']);
  });

  it('says so where no other file can be had', async () => {
    const api = new PlayedApi();
    api.stored = [makeDoneJob('job_1')];
    api.answers.set('GET /v1/history/job_1-0/copy', () => Promise.reject(new ApiError('storage_unavailable', 'no', 503)));
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: 'Other files' }));
    fireEvent.click(await screen.findByRole('menuitem', { name: 'Download as PNG' }));
    await waitFor(() => expect(screen.getByTestId('announcement').textContent).toBe('The picture could not be stored. Try again in a little while.'));
    expect(saved).toEqual([]);
  });
});
