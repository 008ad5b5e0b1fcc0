import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/errors';
import { App } from '@/app';
import { differences } from '@/features/compare/differences';
import { picturesOf, runOf } from '@/features/create/model/runs';
import { makeI18n } from '@/lib/i18n';
import { makeDoneJob, makeJob, PlayedApi } from '@/test-api';

function open(api: PlayedApi, path: string) {
  window.history.pushState({}, '', path);
  render(<App api={api} i18n={makeI18n()} />);
  return userEvent.setup({ delay: null });
}

describe('the gallery', () => {
  it('shows what was made, in large with its recipe, and takes it back to Create', async () => {
    const api = new PlayedApi();
    api.stored = [makeDoneJob('job_a', { prompt: 'a cat', steps: 12 }, 5)];
    const user = open(api, '/gallery');
    await user.click(await screen.findByRole('button', { name: /^Open: a cat/ }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText('12')).toBeTruthy();
    await user.click(within(dialog).getByRole('button', { name: 'Use again' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Only the prompt' }));
    await user.click(screen.getAllByRole('link', { name: 'Create' })[0] ?? document.body);
    expect(await screen.findByRole('textbox', { name: 'Prompt' })).toHaveProperty('value', 'a cat');
  });

  it('compares two, and says what differs', async () => {
    const api = new PlayedApi();
    api.stored = [makeDoneJob('job_a', { sampler: 'euler' }, 1), makeDoneJob('job_b', { sampler: 'ddim' }, 1)];
    const user = open(api, '/gallery');
    await user.click(await screen.findByRole('button', { name: 'Select' }));
    for (const button of await screen.findAllByRole('button', { name: /^Choose:/ })) await user.click(button);
    await user.click(screen.getByRole('button', { name: 'Compare' }));
    const table = await screen.findByRole('table', { name: 'What differs' });
    expect(within(table).getAllByRole('row').map((row) => row.textContent)).toEqual(['SettingLeftRight', 'SamplerEulerDDIM']);
  });

  it('zooms both of two that are compared, to the same place', async () => {
    const api = new PlayedApi();
    api.stored = [makeDoneJob('job_a', { prompt: 'a cat' }, 1), makeDoneJob('job_b', { prompt: 'a dog' }, 1)];
    const user = open(api, '/gallery');
    await user.click(await screen.findByRole('button', { name: 'Select' }));
    for (const button of await screen.findAllByRole('button', { name: /^Choose:/ })) await user.click(button);
    await user.click(screen.getByRole('button', { name: 'Compare' }));
    const pictures = () => ['a cat', 'a dog'].map((prompt) => within(screen.getByRole('dialog')).getByAltText(prompt));
    const line = await screen.findByRole('slider', { name: 'How much of the left picture is shown' });
    const box = line.parentElement;
    if (!box) throw new Error('no box');
    box.getBoundingClientRect = () => ({ left: 100, top: 0, width: 200, height: 200 }) as DOMRect;
    await user.click(screen.getByText('2×'));
    fireEvent.pointerMove(line, { clientX: 150, clientY: 100 });
    const styles = pictures().map(({ style }) => [style.transform, style.transformOrigin]);
    expect(styles).toEqual([
      ['scale(2)', '25% 50%'],
      ['scale(2)', '25% 50%'],
    ]);
    fireEvent.change(line, { target: { value: '30' } });
    expect(line.getAttribute('aria-valuetext')).toBe('30%');
  });

  it('is empty in words, and fails in words', async () => {
    open(new PlayedApi(), '/gallery');
    expect(await screen.findByRole('heading', { name: 'No pictures yet' })).toBeTruthy();
  });

  it('offers another try after a failure', async () => {
    const api = new PlayedApi();
    api.jobsError = new ApiError('permission_denied', 'no', 403);
    const user = open(api, '/gallery');
    expect(await screen.findByText('You are not allowed to do this.')).toBeTruthy();
    api.jobsError = null;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'No pictures yet' })).toBeTruthy();
  });
});

describe('the queue', () => {
  it('shows positions and progress, cancels, and starts again', async () => {
    const api = new PlayedApi();
    api.stored = [makeJob({ id: 'job_1', position: 3, etaSeconds: 12 })];
    const user = open(api, '/queue');
    expect(await screen.findByText(/Number 3 in the queue, about 12 sec/)).toBeTruthy();
    await waitFor(() => expect(api.played).toHaveLength(1)); // it is followed again after a reload
    act(() => api.last.tell({ type: 'progress', image: 0, fraction: 0.5 }));
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(await screen.findByText('Nothing is waiting')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Start again' }));
    await waitFor(() => expect(api.played).toHaveLength(2));
  });
});

describe('differences', () => {
  it('name each parameter that is not the same, the seed among them', () => {
    const [left] = picturesOf(runOf(makeDoneJob('a', { width: 64 }, 1)));
    const [right] = picturesOf(runOf(makeDoneJob('b', { width: 128 }, 2)));
    if (!left || !right) throw new Error('no pictures');
    expect(differences(left, right)).toEqual([
      { what: 'seed', left: 1, right: 2 },
      { what: 'width', left: 64, right: 128 },
    ]);
    expect(differences(left, left)).toEqual([]);
  });
});
