import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { App } from '@/app';
import { makeI18n } from '@/lib/i18n';
import { makeDoneJob, PlayedApi, type Answer } from '@/test-api';

let api: PlayedApi;
beforeEach(() => {
  api = new PlayedApi();
  api.stored = ['a cat', 'a dog', 'a pear'].map((prompt, index) => makeDoneJob(`job_${index}`, { prompt }, index));
});

function open(path = '/gallery') {
  window.history.pushState({}, '', path);
  render(<App api={api} i18n={makeI18n()} />);
  return userEvent.setup({ delay: null });
}

const tiles = (name = /^(Open|Choose):/) => screen.findAllByRole('button', { name });
const bodyOf = (what: string) => api.asked.findLast((asked) => asked.what === what)?.body;

describe('the search', () => {
  it('is written in one line, which filters add to and the address keeps', async () => {
    const lines: string[] = [];
    api.answers.set('GET /v1/history', ((path) => {
      lines.push(new URLSearchParams(path.split('?')[1]).get('query') ?? '');
      return { results: [], next: null };
    }) satisfies Answer);
    const user = open();
    await user.type(await screen.findByRole('textbox', { name: 'Search your pictures' }), 'cat steps:>20{Enter}');
    await user.click(screen.getByRole('button', { name: 'Favourites' }));
    await user.selectOptions(screen.getByRole('combobox', { name: 'Rating' }), '3 stars or more');
    await waitFor(() => expect(lines.at(-1)).toBe('cat steps:>20 is:favourite rating:>=3'));
    expect(new URLSearchParams(window.location.search).get('q')).toBe('cat steps:>20 is:favourite rating:>=3');
    expect(await screen.findByRole('heading', { name: 'Nothing was found' })).toBeTruthy();
  });
});

describe('the grid', () => {
  it('is one stop for Tab, and arrows and letters work in it', async () => {
    api.answers.set('PATCH /v1/history/job_1-0', ((_path, { body }) => ({ ...found(1), ...body })) satisfies Answer);
    const user = open();
    const [first, second] = await tiles();
    expect([first?.tabIndex, second?.tabIndex]).toEqual([0, -1]);
    first?.focus();
    await user.keyboard('{ArrowRight}f');
    expect(document.activeElement).toBe(second);
    await waitFor(() => expect(bodyOf('PATCH /v1/history/job_1-0')).toEqual({ is_favourite: true }));
    expect(await screen.findByLabelText('Favourite')).toBeTruthy();
  });
});

describe('a selection', () => {
  it('is rated, put into a new album and thrown away, and comes back with Undo', async () => {
    api.answers.set('POST /v1/albums', { id: 'album_1', name: 'Best', count: 0, created_at: '2026-01-01' });
    for (const index of [0, 1]) {
      api.answers.set(`PATCH /v1/history/job_${index}-0`, ((_path, { body }) => ({ ...found(index), ...body })) satisfies Answer);
    }
    const user = open();
    await user.click(await screen.findByRole('button', { name: 'Select' }));
    const [first, second] = await tiles(/^Choose:/);
    await user.click(first ?? document.body);
    await user.click(second ?? document.body);
    expect(screen.getByText('2 selected')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Rating' }));
    await user.click(await screen.findByRole('menuitem', { name: '4 stars' }));
    await waitFor(() => expect(bodyOf('PATCH /v1/history/job_1-0')).toEqual({ rating: 4 }));
    await user.click(screen.getByRole('button', { name: 'Add to an album' }));
    await user.type(await screen.findByRole('textbox', { name: 'Name of the album' }), 'Best{Enter}');
    await waitFor(() => expect(bodyOf('PATCH /v1/albums/album_1')).toEqual({ add: ['job_0-0', 'job_1-0'] }));
    await user.click(screen.getByRole('button', { name: 'Move to the trash' }));
    await waitFor(async () => expect(await tiles()).toHaveLength(1));
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(async () => expect(await tiles()).toHaveLength(3));
    expect(bodyOf('POST /v1/history/restore')).toEqual({ ids: ['job_0-0', 'job_1-0'] });
  });
});

describe('an album', () => {
  it('is deleted after a question, and then looked at no more', async () => {
    api.answers.set('GET /v1/albums', [{ id: 'album_1', name: 'Best', count: 1, created_at: '2026-11-26T09:05:00Z' }]);
    const user = open();
    await user.selectOptions(await screen.findByRole('combobox', { name: 'Album' }), 'Best');
    await user.click(await screen.findByRole('button', { name: 'Delete this album' }));
    expect(await screen.findByText('The album “Best” will be deleted. Its pictures stay.')).toBeTruthy();
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Delete this album' }));
    await waitFor(() => expect(api.asked.some(({ what }) => what === 'DELETE /v1/albums/album_1')).toBe(true));
    await waitFor(() => expect(window.location.search).toBe(''));
    expect(screen.queryByRole('button', { name: 'Delete this album' })).toBeNull();
  });
});

describe('the large view', () => {
  it('marks, tags and throws away, and goes on to the next picture', async () => {
    api.answers.set('PATCH /v1/history/job_0-0', ((_path, { body }) => ({ ...found(0), ...body })) satisfies Answer);
    const user = open();
    await user.click((await tiles())[0] ?? document.body);
    const dialog = await screen.findByRole('dialog', { name: 'Picture 1 of 3' });
    await user.type(await within(dialog).findByRole('combobox', { name: 'Add a tag' }), 'Blue{Enter}');
    await waitFor(() => expect(bodyOf('PATCH /v1/history/job_0-0')).toEqual({ tags: ['blue'] }));
    expect(await within(dialog).findByRole('button', { name: 'Remove the tag blue' })).toBeTruthy();
    await user.click(within(dialog).getByRole('button', { name: 'Move to the trash' }));
    expect(await screen.findByRole('dialog', { name: 'Picture 1 of 2' })).toBeTruthy();
    expect(bodyOf('POST /v1/history/trash')).toEqual({ ids: ['job_0-0'] });
  });
});

/** A picture on the wire. */
function found(index: number) {
  const prompt = ['a cat', 'a dog', 'a pear'][index];
  const id = `job_${index}-0`;
  return {
    id,
    job_id: `job_${index}`,
    index: 0,
    url: `/files/${id}`,
    thumbnail_url: `/files/${id}/thumbnail`,
    media_type: 'image/png',
    bytes: 1000,
    recipe: { prompt, seed: index },
    is_favourite: false,
    rating: 0,
    tags: [],
    created_at: '2026-11-26T09:05:00Z',
    trashed_at: null,
  };
}
