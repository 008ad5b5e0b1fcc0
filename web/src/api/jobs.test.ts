import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import { fromMessage, fromWire, JobsApi, toBody } from '@/api/jobs';
import type { JobEvent } from '@/api/types';
import { makeJob } from '@/test-api';

const WIRE = {
  id: 'job_1',
  model: 'm',
  status: 'queued',
  input: { prompt: 'x', num_images: 1, num_inference_steps: 8, width: 64, height: 64, guidance_scale: 5, seed: 3 },
  images: [{ id: 'img_1', url: 'http://elsewhere:9/files/img_1?expires=1&signature=s', seed: 3 }],
  output: [],
  moderation: [],
  error: null,
  error_code: null,
  progress: 0,
  queue_position: 2,
  eta_seconds: 4,
  created_at: '2026-11-26T09:05:00Z',
  started_at: null,
  completed_at: null,
};

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const stream = (text: string) => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
const event = (id: number, type: string, data: object = {}) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

const server = vi.fn<(path: string, init: RequestInit) => Promise<Response>>();
const headerOf = (call: number, name: string) => new Headers(server.mock.calls[call]?.[1].headers).get(name);

beforeEach(() => {
  vi.useFakeTimers();
  server.mockReset();
  vi.stubGlobal('fetch', server);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  await vi.runAllTimersAsync();
  return promise;
}

describe('signing in', () => {
  it('keeps the key for this tab only, and only once it was accepted', async () => {
    const api = new JobsApi();
    server.mockResolvedValueOnce(json({ error: { message: 'no', code: 'invalid_api_key', param: null } }, 401));
    await expect(settled(api.signIn({ kind: 'key', key: 'av_bad' }))).rejects.toMatchObject({ code: 'invalid_api_key', status: 401 });
    expect(sessionStorage).toHaveLength(0);
    server.mockImplementation(() => Promise.resolve(json({ data: [] })));
    await settled(api.signIn({ kind: 'key', key: ' av_0123456789secret ' }));
    expect(headerOf(1, 'authorization')).toBe('Bearer av_0123456789secret');
    expect(sessionStorage).toHaveLength(1);
    expect(JSON.stringify(Object.entries(localStorage))).not.toContain('av_');
    expect(await api.resume().then((session) => session?.label)).not.toContain('secret');
    await api.signOut();
    expect(sessionStorage).toHaveLength(0);
  });
});

describe('a session of cookies', () => {
  it('sends no key, keeps no secret, and is renewed once when it has run out', async () => {
    const api = new JobsApi();
    server.mockImplementation((path) => Promise.resolve(json(path === '/v1/auth/me' ? { name: 'A', email: 'a@b' } : {})));
    const session = await settled(api.signIn({ kind: 'person', email: 'a@b', password: 'a secret indeed' }));
    expect(session).toEqual({ kind: 'person', label: 'a@b' });
    expect(JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])).not.toContain('secret');
    const answers = [401, 200, 200];
    server.mockReset();
    server.mockImplementation(() => Promise.resolve(json({ data: [] }, answers.shift())));
    await settled(api.models());
    expect(server.mock.calls.map(([path]) => path)).toEqual(['/v1/models', '/v1/auth/refresh', '/v1/models']);
    expect(headerOf(0, 'authorization')).toBeNull();
  });

  it('that cannot be renewed is over', async () => {
    localStorage.setItem('avila.cookies', 'true');
    server.mockImplementation(() => Promise.resolve(json({ code: 'invalid_api_key', detail: 'no' }, 401)));
    expect(await settled(new JobsApi().resume())).toBeNull();
    expect(localStorage.getItem('avila.cookies')).toBe('false');
  });
});

describe('handing in', () => {
  it('sends again under the same name when no answer came', async () => {
    server.mockRejectedValueOnce(new TypeError('network')).mockResolvedValueOnce(json(WIRE, 201));
    const job = await settled(new JobsApi().submit(makeJob().spec));
    expect(job).toMatchObject({ id: 'job_1', position: 3, etaSeconds: 4, spec: { steps: 8 } });
    expect(headerOf(0, 'idempotency-key')).toMatch(/^[0-9a-f]{32}$/);
    expect(headerOf(1, 'idempotency-key')).toBe(headerOf(0, 'idempotency-key'));
  });

  it('does not insist when it was refused', async () => {
    server.mockResolvedValue(json({ status: 400, code: 'invalid_value', detail: 'width: no', field: 'width' }, 400));
    await expect(settled(new JobsApi().submit(makeJob().spec))).rejects.toMatchObject({ code: 'invalid_value', field: 'width' });
    expect(server).toHaveBeenCalledTimes(1);
  });

  it('leaves the choice of a seed to the server and asks for some six previews', () => {
    const body = toBody(makeJob({}, { seed: null, steps: 20, negativePrompt: '' }).spec);
    expect(body.input).toMatchObject({ seed: null, preview_every: 4, negative_prompt: null });
  });

  it('links to pictures under the page’s own address', async () => {
    server.mockResolvedValueOnce(json(WIRE));
    const job = await settled(new JobsApi().job('job_1'));
    expect(job.images[0]?.url).toBe('/files/img_1?expires=1&signature=s');
  });
});

describe('following', () => {
  it('asks for what came after the last event, with growing pauses, and ends with the job', async () => {
    server
      .mockResolvedValueOnce(stream(event(1, 'queued') + event(5, 'processing')))
      .mockRejectedValueOnce(new TypeError('network'))
      .mockResolvedValueOnce(stream(event(9, 'image', { image: 0, id: 'i', url: '/files/i', seed: 3 }) + event(10, 'succeeded')));
    const heard: JobEvent[] = [];
    await settled(new JobsApi().follow('job_1', (told) => heard.push(told), new AbortController().signal));
    expect([0, 1, 2].map((call) => headerOf(call, 'last-event-id'))).toEqual([null, '5', '5']);
    expect(heard.map((told) => (told.type === 'status' ? told.status : told.type === 'connection' ? `lost ${told.isLost}` : told.type))).toEqual([
      'queued', 'processing', 'lost true', 'lost true', 'lost false', 'image', 'succeeded',
    ]);
  });

  it('gives up when the job is not there, and when it is told to', async () => {
    server.mockResolvedValueOnce(json({ code: 'not_found', detail: 'no' }, 404));
    await expect(settled(new JobsApi().follow('x', () => undefined, new AbortController().signal))).rejects.toBeInstanceOf(ApiError);
    const controller = new AbortController();
    server.mockResolvedValue(stream(''));
    const following = new JobsApi().follow('x', () => controller.abort(), controller.signal);
    await expect(settled(following)).rejects.toThrow();
  });
});

describe('an event', () => {
  const message = (type: string, data: object) => fromMessage({ id: '1', event: type, data: JSON.stringify(data) });
  it('of progress is a fraction of its image', () => {
    expect(message('progress', { image: 1, step: 5, num_steps: 20 })).toEqual({ type: 'progress', image: 1, fraction: 0.25 });
  });
  it('of a failure carries its code and the field', () => {
    const error = { code: 'invalid_value', message: 'no', facts: { field: 'width' } };
    expect(message('failed', { error })).toMatchObject({ type: 'status', status: 'failed', error: { code: 'invalid_value', field: 'width' } });
  });
  it('of a kind that a later gateway has is passed over', () => {
    expect(message('upscaled', {})).toBeNull();
  });
});

describe('what the safety policy found', () => {
  it('is told by the events and by the job, its stage with it', () => {
    const found = { image: 1, seed: 4, stage: 'output_image', action: 'blocked', reason: 'x' };
    expect(fromMessage({ event: 'blocked', data: JSON.stringify(found), id: '1' })).toEqual({ type: 'found', finding: { image: 1, stage: 'output_image', action: 'blocked' } });
    const image = { image: 0, id: 'img_1', url: '/files/img_1', seed: 3, moderation: 'blurred' };
    expect(fromMessage({ event: 'image', data: JSON.stringify(image), id: '2' })).toMatchObject({ type: 'image', isBlurred: true });
    expect(fromWire({ ...WIRE, moderation: [found, { image: 0, stage: 'new one', action: 'blocked' }] } as never).findings).toEqual([{ image: 1, stage: 'output_image', action: 'blocked' }]);
  });
});
