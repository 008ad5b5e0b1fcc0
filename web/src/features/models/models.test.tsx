import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { App } from '@/app';
import type { Installation, Preview } from '@/api/installations';
import type { Standing } from '@/api/residency';
import { makeI18n } from '@/lib/i18n';
import { PlayedApi } from '@/test-api';

const PREVIEW: Preview = {
  source: 'someone/melted@0123',
  kind: 'lora',
  family: 'sd1',
  suggested_name: 'melted',
  files: [{ path: 'melted.safetensors', bytes: 191_456 }],
  bytes_to_download: 191_456,
  licence: { id: 'openrail', name: null, link: null, text: 'Do no harm.' },
  needs: { disk_bytes: 191_456, disk_free_bytes: 9e9, memory_bytes: 0, memory_free_bytes: 8e9 },
  needs_base: false,
  left_out: [],
  fits: true,
  reason: null,
  replaces: false,
};
const RUNNING: Installation = {
  id: 'inst_1',
  source: PREVIEW.source,
  kind: 'lora',
  name: 'melted',
  family: 'sd1',
  licence_id: 'openrail',
  precision: 'fp32',
  pipeline: null,
  status: 'downloading',
  step: null,
  detail: null,
  bytes_done: 50_000,
  bytes_total: 200_000,
  seconds_left: 7.2,
  error: null,
  is_stopping: false,
  attempts: 1,
  version: 3,
  created_by: 'user_1',
  created_at: '2026-11-27T09:00:00Z',
  started_at: null,
  finished_at: null,
  urls: { get: '', events: '', pause: '', resume: '', cancel: '' },
};

const STANDING: Standing = {
  name: 'avila-demo',
  family: 'sd1',
  capabilities: ['text_to_image'],
  controlnets: [],
  hash: 'f00d',
  key: null,
  licence: 'mit',
  source: 'someone/avila-demo@0123',
  origin: {},
  installed_at: '2026-11-27T09:00:00Z',
  size_bytes: 41_000_000,
  memory_bytes: 82_000_000,
  max_memory_bytes: 90_000_000,
  state: 'warm',
  reason: null,
  last_used_at: null,
  servers: [],
};

function administrator(...installations: Installation[]): PlayedApi {
  const api = new PlayedApi();
  api.session = { kind: 'person', label: 'root@example.org', role: 'admin' };
  api.answers.set('GET /v1/controls', { controls: [{ name: 'canny', model: 'avila-demo', preprocessor: 'canny' }], preprocessors: [{ name: 'canny', is_installed: true }] });
  api.answers.set('GET /v1/admin/installations', () => ({ results: installations, next: null }));
  api.answers.set('POST /v1/admin/installations/previews', PREVIEW);
  api.answers.set('POST /v1/admin/installations', { ...RUNNING, id: 'inst_9' });
  api.answers.set('GET /v1/admin/models', [STANDING, { ...STANDING, name: 'resting', state: 'cold' }]);
  api.answers.set('GET /v1/admin/models/deleted', [{ id: 'd1', name: 'gone', hash: 'f', size_bytes: 5_000_000, deleted_at: '2026-11-27T09:00:00Z' }]);
  api.answers.set('GET /v1/admin/model-files/loras', [{ name: 'blob', file: 'blob.safetensors', size_bytes: 191_456, hash: 'f' }]);
  return api;
}

function open(api: PlayedApi) {
  window.history.pushState({}, '', '/models');
  render(<App api={api} i18n={makeI18n()} />);
  return userEvent.setup({ delay: null });
}
const bodyOf = (api: PlayedApi, what: string) => api.asked.find((asked) => asked.what === what)?.body;

describe('models', () => {
  it('are listed for everybody with their LoRAs and ControlNets; only administrators install', async () => {
    const api = administrator();
    api.session = { ...api.session, role: 'user' };
    open(api);
    expect(await screen.findByRole('heading', { name: 'avila-demo' })).toBeTruthy();
    expect(await within(await screen.findByRole('region', { name: 'ControlNets' })).findByText('made here')).toBeTruthy();
    expect(await screen.findByRole('heading', { name: 'Blob' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Install a model' })).toBeNull();
    expect(api.asked.some(({ what }) => what.includes('/v1/admin/'))).toBe(false);
  });

  it('are looked at first, and installed once the licence is accepted', async () => {
    const api = administrator();
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: 'Install a model' }));
    await user.type(await screen.findByRole('textbox', { name: 'Source' }), 'someone/melted');
    await user.click(screen.getByRole('button', { name: 'Look at it' }));
    const offer = within(await screen.findByRole('group', { name: 'What the source offers' }));
    expect(offer.getByText('191 kB in 1 file')).toBeTruthy();
    expect(offer.getByText('Do no harm.')).toBeTruthy();
    const go = offer.getByRole('button', { name: 'Install' });
    expect(go).toHaveProperty('disabled', true);
    await user.click(offer.getByRole('checkbox'));
    await user.click(go);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(bodyOf(api, 'POST /v1/admin/installations')).toEqual({ source: PREVIEW.source, kind: 'lora', name: 'melted', accept_licence: true, precision: 'fp32' });
  });

  it('that do not fit cannot be installed, and say why', async () => {
    const api = administrator();
    api.answers.set('POST /v1/admin/installations/previews', { ...PREVIEW, fits: false, reason: 'too little memory' });
    const user = open(api);
    await user.click(await screen.findByRole('button', { name: 'Install a model' }));
    await user.type(await screen.findByRole('textbox', { name: 'Source' }), 'someone/huge{Enter}');
    expect((await screen.findByRole('alert')).textContent).toContain('too little memory');
    await user.click(screen.getByRole('checkbox'));
    expect(screen.getByRole('button', { name: 'Install' })).toHaveProperty('disabled', true);
  });

  it('show how far they are, pause, go on and give up', async () => {
    const failed: Installation = { ...RUNNING, id: 'inst_2', name: 'broken', status: 'failed', finished_at: new Date().toISOString(), error: { code: 'x', message: 'the hub went away', may_resume: true } };
    const api = administrator(RUNNING, failed, { ...RUNNING, id: 'inst_3', name: 'done', status: 'succeeded' });
    const user = open(api);
    expect(await screen.findByText('Downloading · 50 kB of 200 kB · about 8 sec left')).toBeTruthy();
    expect(screen.getByRole('progressbar', { name: 'Progress of melted' }).getAttribute('aria-valuenow')).toBe('25');
    expect(screen.getByText('the hub went away')).toBeTruthy();
    expect(screen.queryByText('done')).toBeNull();
    api.answers.set('POST /v1/admin/installations/inst_1/pause', { ...RUNNING, version: 4, is_stopping: false });
    api.answers.set('POST /v1/admin/installations/inst_2/resume', { ...failed, version: 4, status: 'queued', error: null });
    api.answers.set('POST /v1/admin/installations/inst_1/cancel', { ...RUNNING, version: 5, status: 'canceled' });
    await user.click(screen.getByRole('button', { name: 'Pause' }));
    await user.click(screen.getByRole('button', { name: 'Go on' }));
    await user.click(screen.getByRole('button', { name: 'Cancel the installation of melted' }));
    const asked = api.asked.map(({ what }) => what);
    for (const what of ['inst_1/pause', 'inst_2/resume', 'inst_1/cancel']) expect(asked).toContain(`POST /v1/admin/installations/${what}`);
  });

  it('tell what happens to the one that runs by its events, in order, and the next one’s after it', async () => {
    const waiting: Installation = { ...RUNNING, id: 'inst_2', name: 'later', status: 'queued', bytes_done: 0 };
    const api = administrator(waiting, RUNNING);
    open(api);
    const bar = () => screen.getByRole('progressbar', { name: 'Progress of melted' }).getAttribute('aria-valuenow');
    const first = '/v1/admin/installations/inst_1/events?after=3';
    await waitFor(() => expect([...api.listening.keys()]).toEqual([first]));
    const tell = (changes: Partial<Installation>) => {
      let isLast = false;
      act(() => {
        isLast = api.listening.get(first)?.onMessage({ event: '', id: '', data: JSON.stringify({ ...RUNNING, ...changes }) }) ?? false;
      });
      return isLast;
    };
    expect(tell({ version: 5, bytes_done: 150_000 })).toBe(false);
    await waitFor(() => expect(bar()).toBe('75'));
    tell({ version: 4, bytes_done: 100_000 }); // an older answer that comes late
    expect(bar()).toBe('75');
    act(() => api.listening.get(first)?.onConnection?.(true));
    expect(await screen.findByText(/^Connection lost, trying again … · Downloading/)).toBeTruthy();
    const done: Installation = { ...RUNNING, version: 6, status: 'succeeded', bytes_done: 200_000, finished_at: new Date().toISOString() };
    api.answers.set('GET /v1/admin/installations', { results: [waiting, done], next: null });
    expect(tell(done)).toBe(true);
    await waitFor(() => expect(screen.getByTestId('announcement').textContent).toBe('melted is installed'));
    await waitFor(() => expect([...api.listening.keys()]).toEqual(['/v1/admin/installations/inst_2/events?after=3']));
    expect(screen.queryByRole('progressbar', { name: 'Progress of melted' })).toBeNull();
  });

  it('tell an administrator size, licence and state; are loaded, unloaded, deleted and taken back', async () => {
    const api = administrator();
    const user = open(api);
    const card = async (name: string) => within((await screen.findByRole('heading', { name })).closest('li') ?? document.body);
    const demo = await card('avila-demo');
    for (const text of ['loaded', '41 MB', 'mit', 'someone/avila-demo@0123']) expect(await demo.findByText(text)).toBeTruthy();
    await user.click(demo.getByRole('button', { name: 'Unload' }));
    await user.click((await card('resting')).getByRole('button', { name: 'Load' }));
    await user.click(demo.getByRole('button', { name: 'Delete avila-demo' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete' }));
    await user.click(await screen.findByRole('button', { name: 'Take gone back' }));
    await user.click(await screen.findByRole('button', { name: 'Delete blob' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete' }));
    expect(await screen.findByText('blob was deleted.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Take back' }));
    const asked = () => api.asked.map(({ what }) => what);
    await waitFor(() => expect(asked()).toContain('POST /v1/admin/model-files/loras/blob/restore'));
    const wanted = ['POST /v1/admin/models/avila-demo/unload', 'POST /v1/admin/models/resting/load', 'DELETE /v1/admin/models/avila-demo', 'POST /v1/admin/models/gone/restore', 'DELETE /v1/admin/model-files/loras/blob'];
    for (const what of wanted) expect(asked()).toContain(what);
  });
});
