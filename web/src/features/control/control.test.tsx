import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '@/app';
import { makeI18n } from '@/lib/i18n';
import { makeDoneJob, PlayedApi } from '@/test-api';
import { makeModel } from '@/test-factories';

const file = () => new File(['bytes'], 'cat.png', { type: 'image/png' });

beforeEach(() => {
  vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 640, height: 480, close: () => undefined }));
});

function open(path = '/') {
  const api = new PlayedApi();
  api.list = [makeModel({ controlnet: ['canny', 'pose'] })];
  api.answers.set('POST /v1/uploads', { id: 'up_1', expires_at: '2999-01-01T00:00:00Z' });
  api.answers.set('POST /v1/controls/preview', undefined);
  api.answers.set('GET /v1/controls', {
    controls: [
      { name: 'canny', model: 'avila-demo', preprocessor: 'canny' },
      { name: 'pose', model: 'avila-demo', preprocessor: 'pose' },
      { name: 'canny', model: 'another', preprocessor: 'canny' },
    ],
    preprocessors: [
      { name: 'canny', is_installed: true },
      { name: 'pose', is_installed: false },
    ],
  });
  window.history.pushState({}, '', path);
  render(<App api={api} i18n={makeI18n()} />);
  return { api, user: userEvent.setup({ delay: null }) };
}

const panel = () => screen.findByRole('region', { name: 'Follow a shape' });

describe('a ControlNet', () => {
  it('follows a picture: the map is asked for at the size of the request, and the job names both', async () => {
    const { api, user } = open();
    await user.type(await screen.findByRole('textbox', { name: 'Prompt' }), 'a cat');
    await within(await panel()).findByRole('button', { name: 'Edges' }); // it knows what the model can follow
    fireEvent.drop(await panel(), { dataTransfer: { files: [file()], types: ['Files'], getData: () => '' } });
    const card = await screen.findByRole('group', { name: 'Edges' });
    await within(card).findByAltText('The map to follow');
    expect(screen.queryByAltText('The picture to start from')).toBeNull(); // the drop was meant for the panel alone
    expect(api.asked.find(({ what }) => what === 'POST /v1/controls/preview')?.body).toEqual({ image: 'up_1', preprocessor: 'canny', width: 128, height: 128 });
    await user.click(within(card).getByText('Strictly'));
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(api.played).toHaveLength(1));
    expect(api.last.job.spec.controls).toEqual([{ model: 'canny', image: 'up_1', preprocessor: 'canny', weight: 1, start: 0, end: 1 }]);
    expect(api.asked.filter(({ what }) => what === 'POST /v1/uploads')).toHaveLength(1);
    await user.click(within(card).getByRole('button', { name: 'Exact figures' }));
    const weight = within(card).getByRole('textbox', { name: 'Weight', hidden: true });
    fireEvent.change(weight, { target: { value: '0.4' } });
    expect(await within(card).findByText(/own figures/)).toBeTruthy();
    await user.click(within(card).getByRole('button', { name: 'Without: Edges' }));
    expect(screen.queryByRole('group', { name: 'Edges' })).toBeNull();
  });

  it('is offered where it belongs to the model: made maps only where something can make them', async () => {
    const { user } = open();
    const buttons = within(await panel()).findAllByRole('button');
    expect((await buttons).map(({ textContent }) => textContent)).toEqual(['Edges', 'Pose']);
    await user.click(screen.getByRole('button', { name: 'Pose' }));
    const entries = (await screen.findAllByRole('menuitem')).map(({ textContent }) => textContent);
    expect(entries).toEqual(['Draw a pose …', 'Ready-made map …']);
  });

  it('comes back from a picture’s recipe, with the map of its job', async () => {
    const { api, user } = open();
    api.answers.set('GET /v1/jobs/job_a/inputs/controls%5B0%5D.image', {});
    api.stored = [makeDoneJob('job_a', { controls: [{ model: 'canny', image: 'sha256:1', preprocessor: 'none', weight: 0.7, start: 0, end: 0.5 }] })];
    const fact = await screen.findByRole('button', { name: 'canny (Loosely)' }).catch(() => null);
    if (!fact) throw new Error('the recipe shows no ControlNet');
    await user.click(fact);
    const card = await screen.findByRole('group', { name: 'Edges' });
    expect(within(card).getByAltText('The map to follow')).toBeTruthy();
    expect(api.asked.map(({ what }) => what)).toContain('GET /v1/jobs/job_a/inputs/controls%5B0%5D.image');
    expect(within(card).getByRole('radio', { name: 'Loosely' })).toHaveProperty('checked', true);
  });
});

describe('a pose', () => {
  it('is drawn: points go by the arrows and by dragging, out of the picture and back', async () => {
    const { user } = open();
    await user.click(await within(await panel()).findByRole('button', { name: 'Pose' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Draw a pose …' }));
    const nose = await screen.findByRole('button', { name: 'Nose of figure 1: 50% from the left, 16% from the top' });
    nose.focus();
    await user.keyboard('{ArrowRight}{Shift>}{ArrowDown}{/Shift}');
    expect(nose.getAttribute('aria-label')).toBe('Nose of figure 1: 51% from the left, 21% from the top');
    await user.keyboard('{Delete}');
    expect(nose.getAttribute('aria-label')).toBe('Nose of figure 1: not in the picture');
    await user.keyboard('{Enter}');
    expect(nose.getAttribute('aria-label')).toBe('Nose of figure 1: 50% from the left, 16% from the top');
    await user.click(screen.getByRole('button', { name: 'One more figure' }));
    expect(screen.getAllByRole('button', { name: /^Nose of figure/ })).toHaveLength(2);
  });
});
