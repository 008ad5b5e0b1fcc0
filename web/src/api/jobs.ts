import type { EventSourceMessage } from 'eventsource-parser';
import { ApiError, asApiError, offline } from '@/api/errors';
import { ownLink } from '@/api/links';
import { listen, pause, RECONNECT_MS, type Listener } from '@/api/listening';
import type { components } from '@/api/schema';
import { specFrom } from '@/api/spec';
import { Transport } from '@/api/transport';
import {
  isActive,
  type Api,
  type Ask,
  type Credentials,
  type Finding,
  type GenerationSpec,
  type Job,
  type JobEvent,
  type JobPage,
  type JobQuery,
  type JobStatus,
  type Model,
  type Session,
  type SetUp,
  type SignInMethods,
  type SourceSpec,
} from '@/api/types';
import { newId } from '@/lib/id';
import { isRecord, isString } from '@/lib/storage';

type WireJob = components['schemas']['Job'];
type WireList = components['schemas']['JobList'];
type Body = components['schemas']['JobBody'];
type ControlBody = components['schemas']['ControlInput'];

const PREVIEWS = 6;
const SUBMIT_TRIES = 3;

/** Speaks `/v1/jobs`: durable jobs, their events, and with them the history. */
export class JobsApi implements Api {
  private readonly transport = new Transport();

  async resume(): Promise<Session | null> {
    if (!this.transport.mayBeSignedIn) return null;
    try {
      return await this.session();
    } catch (error) {
      if (asApiError(error).status !== 401) throw error;
      this.transport.forget();
      return null;
    }
  }

  methods(signal?: AbortSignal): Promise<SignInMethods> {
    return this.transport.json('/v1/auth/methods', signal ? { signal } : {});
  }

  async signIn(credentials: Credentials): Promise<Session> {
    if (credentials.kind === 'key') {
      this.transport.useKey(credentials.key);
    } else {
      const { email, password } = credentials;
      this.transport.useCookies();
      await this.post('/v1/auth/sign-in', { email, password, cookies: true });
    }
    try {
      const session = await this.session();
      this.transport.remember();
      return session;
    } catch (error) {
      this.transport.forget();
      throw error;
    }
  }

  async setUp({ token, email, password }: SetUp): Promise<Session> {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    this.transport.useCookies();
    await this.post('/v1/auth/setup', { token: token.trim(), email, password, timezone: timeZone });
    return this.signIn({ kind: 'person', email, password });
  }

  /** The session ends on this device whatever the gateway says; cookies it could not be told of expire by themselves. */
  async signOut(): Promise<void> {
    if (this.transport.keyLabel === null) await this.post('/v1/auth/sign-out').catch(() => undefined);
    this.transport.forget();
  }

  expectSession(): void {
    this.transport.useCookies();
    this.transport.remember();
  }

  async models(signal?: AbortSignal): Promise<Model[]> {
    const list = await this.transport.json<components['schemas']['ModelList']>('/v1/models', signal ? { signal } : {});
    return list.data;
  }

  /** An answer may be lost on its way: sent again under the same name, the job is the same one. */
  async submit(spec: GenerationSpec): Promise<Job> {
    const init = {
      method: 'POST',
      headers: { 'idempotency-key': newId() },
      body: JSON.stringify(toBody(spec)),
    };
    for (let tries = 1; ; tries += 1) {
      try {
        return fromWire(await this.transport.json<WireJob>('/v1/jobs', init));
      } catch (error) {
        if (asApiError(error).code !== offline().code || tries === SUBMIT_TRIES) throw error;
        await pause(RECONNECT_MS[tries] ?? 0);
      }
    }
  }

  async jobs({ statuses = [], cursor = null, limit = 20 }: JobQuery, signal?: AbortSignal): Promise<JobPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    for (const status of statuses) query.append('status', status);
    if (cursor !== null) query.set('cursor', cursor);
    const list = await this.transport.json<WireList>(`/v1/jobs?${query.toString()}`, signal ? { signal } : {});
    return { jobs: list.results.map(fromWire), next: list.next };
  }

  async job(id: string): Promise<Job> {
    return fromWire(await this.transport.json<WireJob>(pathOf(id)));
  }

  follow(id: string, onEvent: (event: JobEvent) => void, signal: AbortSignal): Promise<void> {
    return this.listen(
      `${pathOf(id)}/events`,
      {
        onMessage: (message) => {
          const event = fromMessage(message);
          if (event) onEvent(event);
          return event?.type === 'status' && !isActive(event.status);
        },
        onConnection: (isLost) => onEvent({ type: 'connection', isLost }),
      },
      signal,
    );
  }

  async retry(id: string): Promise<Job> {
    return fromWire(await this.transport.json<WireJob>(`${pathOf(id)}/retry`, { method: 'POST' }));
  }

  async cancel(id: string): Promise<void> {
    await this.transport.json(`${pathOf(id)}/cancel`, { method: 'POST' });
  }

  async remove(id: string): Promise<void> {
    await this.transport.json(pathOf(id), { method: 'DELETE' });
  }

  ask<T>(path: string, request: Ask = {}): Promise<T> {
    return this.transport.json<T>(path, initOf(request));
  }

  file(path: string, request: Ask = {}): Promise<Blob> {
    return this.transport.blob(path, initOf(request));
  }

  listen(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
    return listen(this.transport, path, listener, signal);
  }

  /** Who is signed in, as the gateway sees it. */
  private async session(): Promise<Session> {
    const { keyLabel } = this.transport;
    if (keyLabel !== null) {
      await this.models();
      return { kind: 'key', label: keyLabel, role: null };
    }
    const { email, role } = await this.transport.json<components['schemas']['User']>('/v1/auth/me');
    return { kind: 'person', label: email, role };
  }

  private post(path: string, body?: object): Promise<unknown> {
    return this.transport.json(path, { method: 'POST', ...(body && { body: JSON.stringify(body) }) });
  }
}

function initOf({ method = 'GET', body, signal }: Ask): RequestInit {
  const isRaw = body instanceof Blob || body instanceof FormData;
  return { method, ...(body && { body: isRaw ? body : JSON.stringify(body) }), ...(signal && { signal }) };
}

const pathOf = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;

export function toBody(spec: GenerationSpec): Body {
  return {
    model: spec.model,
    input: {
      prompt: spec.prompt,
      negative_prompt: spec.negativePrompt === '' ? null : spec.negativePrompt,
      width: spec.width,
      height: spec.height,
      num_inference_steps: spec.steps,
      guidance_scale: spec.guidance,
      sampler: spec.sampler,
      schedule: spec.schedule,
      seed: spec.seed,
      styles: spec.styles,
      ...(spec.loras.length > 0 && { loras: spec.loras }),
      num_images: spec.count,
      preview_every: Math.max(1, Math.ceil(spec.steps / PREVIEWS)),
      output_format: 'png',
      output_quality: 100,
      ...(spec.source && sourceFields(spec.source)),
      ...(spec.controls && spec.controls.length > 0 && { controls: spec.controls as ControlBody[] }),
    },
  };
}

function sourceFields({ image, strength, resizeMode, mask }: SourceSpec): Record<string, unknown> {
  return {
    image,
    strength,
    resize_mode: resizeMode,
    ...(mask && {
      mask: mask.image,
      mask_blur: mask.blur,
      mask_content: mask.content,
      // The padding has a meaning only with it, and is refused without.
      ...(mask.isOnly && { only_masked: true, only_masked_padding: mask.padding }),
    }),
  };
}

const time = (text: string | null): number | null => (text === null ? null : Date.parse(text));

export function fromWire(job: WireJob): Job {
  return {
    id: job.id,
    status: job.status,
    spec: specFrom(job.input, job.model, typeof job.input.num_images === 'number' ? job.input.num_images : 0),
    images: job.images.map(({ id, url, seed }) => ({ id, url: ownLink(url), seed })),
    progress: job.progress,
    position: job.queue_position === null ? null : job.queue_position + 1, // the gateway counts those before it
    etaSeconds: job.eta_seconds,
    error: job.error === null ? null : new ApiError(job.error_code ?? 'internal', job.error, 200),
    findings: job.moderation.flatMap((found) => findingOf(found) ?? []),
    createdAt: Date.parse(job.created_at),
    startedAt: time(job.started_at),
    completedAt: time(job.completed_at),
  };
}

const STAGES: readonly Finding['stage'][] = ['prompt', 'input_image', 'output_image'];
const STATUSES: readonly string[] = ['queued', 'starting', 'processing', 'succeeded', 'failed', 'canceled'];
const isStatus = (name: string): name is JobStatus => STATUSES.includes(name);

/** The event on the wire, or null for one that a later gateway may have added. */
export function fromMessage({ event = '', data }: EventSourceMessage): JobEvent | null {
  const parsed: unknown = JSON.parse(data);
  if (!isRecord(parsed)) return null;
  const number = (key: string): number => (typeof parsed[key] === 'number' ? parsed[key] : 0);
  const text = (key: string): string => (isString(parsed[key]) ? parsed[key] : '');
  const image = number('image');
  if (isStatus(event)) return { type: 'status', status: event, error: errorOf(parsed.error) };
  if (event === 'progress') return { type: 'progress', image, fraction: number('step') / Math.max(1, number('num_steps')) };
  if (event === 'preview') return { type: 'preview', image, url: text('preview') };
  if (event === 'blocked') {
    const finding = findingOf(parsed);
    return finding && { type: 'found', finding };
  }
  if (event === 'image') {
    return { type: 'image', image, picture: { id: text('id'), url: ownLink(text('url')), seed: number('seed') }, ...(text('moderation') === 'blurred' && { isBlurred: true }) };
  }
  return null;
}

function findingOf(value: unknown): Finding | null {
  if (!isRecord(value)) return null;
  const { image, stage, action } = value;
  const isKnown = STAGES.some((known) => known === stage) && (action === 'blocked' || action === 'blurred');
  return isKnown && typeof image === 'number' ? { image, stage: stage as Finding['stage'], action } : null;
}

function errorOf(value: unknown): ApiError | null {
  if (!isRecord(value)) return null;
  const field = isRecord(value.facts) && isString(value.facts.field) ? value.facts.field : null;
  return new ApiError(isString(value.code) ? value.code : 'internal', isString(value.message) ? value.message : '', 200, field);
}
