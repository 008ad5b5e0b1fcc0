import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '@/app';
import { strengthWord } from '@/features/source/model';
import { makeI18n } from '@/lib/i18n';
import { PlayedApi } from '@/test-api';
import { makeModel } from '@/test-factories';

const file = () => new File(['bytes'], 'cat.png', { type: 'image/png' });

beforeEach(() => {
  vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 640, height: 480, close: () => undefined }));
});

function open(isAble: boolean) {
  const api = new PlayedApi();
  const model = makeModel();
  api.list = [{ ...model, capabilities: { ...model.capabilities, img2img: isAble, inpaint: isAble } }];
  api.answers.set('POST /v1/uploads', { id: 'up_1', expires_at: '2999-01-01T00:00:00Z' });
  window.history.pushState({}, '', '/');
  render(<App api={api} i18n={makeI18n()} />);
  return { api, user: userEvent.setup({ delay: null }) };
}

describe('a picture to start from', () => {
  it('is pasted anywhere, handed in once, and named by the job with its strength', async () => {
    const { api, user } = open(true);
    await user.type(await screen.findByRole('textbox', { name: 'Prompt' }), 'a cat');
    await screen.findByRole('button', { name: 'Choose a picture' });
    fireEvent.paste(document.body, { clipboardData: { files: [file()], getData: () => '' } });
    expect(await screen.findByAltText('The picture to start from')).toBeTruthy();
    expect(screen.getByText(/a lot \(0.75\)/)).toBeTruthy();
    for (const turn of [1, 2]) {
      await user.keyboard('{Control>}{Enter}{/Control}');
      await waitFor(() => expect(api.played).toHaveLength(turn));
    }
    expect(api.asked.filter(({ what }) => what === 'POST /v1/uploads')).toHaveLength(1);
    expect(api.last.job.spec.source).toEqual({ image: 'up_1', strength: 0.75, resizeMode: 'crop', mask: null });
    await user.click(screen.getByRole('button', { name: 'Without this picture' }));
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(api.played).toHaveLength(3));
    expect(api.last.job.spec.source).toBeUndefined();
  });

  it('is fetched from an address: typed, pasted or dropped', async () => {
    const { api, user } = open(true);
    const fetched: unknown[] = [];
    api.answers.set('POST /v1/uploads/by-address', (_path: string, { body }: { body?: object }) => {
      fetched.push(body);
      return { id: 'up_9', expires_at: '2999-01-01T00:00:00Z' };
    });
    api.answers.set('GET /v1/uploads/up_9', {});
    await user.type(await screen.findByRole('textbox', { name: 'Prompt' }), 'a cat');
    await user.click(await screen.findByRole('button', { name: 'From an address' }));
    await user.type(await screen.findByRole('textbox', { name: 'Address of the picture' }), 'https://example.org/cat.png{Enter}');
    expect(await screen.findByAltText('The picture to start from')).toBeTruthy();
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(api.played).toHaveLength(1));
    expect(api.last.job.spec.source?.image).toBe('up_9'); // what the gateway has already is not sent again
    expect(api.asked.some(({ what }) => what === 'POST /v1/uploads')).toBe(false);
    const data = (kind: string, text: string) => ({ files: [], types: [kind], getData: (asked: string) => (asked === kind ? text : '') });
    fireEvent.paste(document.body, { clipboardData: data('text/plain', 'https://example.org/dog.png') });
    fireEvent.drop(document.body, { dataTransfer: data('text/uri-list', '# a comment\nhttps://example.org/pig.png') });
    fireEvent.paste(document.body, { clipboardData: data('text/plain', 'only words') });
    fireEvent.paste(screen.getByRole('textbox', { name: 'Prompt' }), { clipboardData: data('text/plain', 'https://example.org/no.png') });
    await waitFor(() => expect(fetched).toEqual(['cat', 'dog', 'pig'].map((name) => ({ address: `https://example.org/${name}.png` }))));
  });

  it('is refused in words where the model cannot start from one', async () => {
    const { api, user } = open(false);
    await user.type(await screen.findByRole('textbox', { name: 'Prompt' }), 'a cat');
    expect(screen.queryByRole('button', { name: 'Choose a picture' })).toBeNull();
    await waitFor(() => {
      fireEvent.drop(document.body, { dataTransfer: { files: [file()], types: ['Files'], getData: () => '' } });
      expect(screen.getByText('This model cannot start from a picture.')).toBeTruthy();
    });
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(api.played).toHaveLength(0);
  });

  it('is changed by a strength in words', () => {
    expect([0.1, 0.4, 0.75, 1].map(strengthWord)).toEqual(['touch', 'some', 'much', 'new']);
  });
});
