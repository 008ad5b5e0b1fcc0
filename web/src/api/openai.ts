import { createParser } from 'eventsource-parser';
import { asApiError, ApiError, errorFromBody, errorFromResponse } from '@/api/errors';
import type { components } from '@/api/schema';
import type { Api, Credentials, GenerationEvent, GenerationSpec, Model, Session } from '@/api/types';

type Body = components['schemas']['GenerationBody'];
type ModelList = components['schemas']['ModelList'];

/** The stream's events; the OpenAPI description has no word for them. */
interface StreamEvent {
  type: string;
  b64_json?: string;
  index?: number;
  seed?: number;
  output_format?: string;
  partial_image_index?: number;
  error?: unknown;
}

const PARTIAL_IMAGES = 3; // the most the endpoint gives
const KEY_SLOT = 'avila.key';

/** Speaks OpenAI's images API with an API key, which is kept until the browser's tab is closed. */
export class OpenAiApi implements Api {
  private key: string | null = sessionStorage.getItem(KEY_SLOT);

  async resume(): Promise<Session | null> {
    if (this.key === null) return null;
    try {
      await this.models();
      return sessionOf(this.key);
    } catch (error) {
      if (asApiError(error).status !== 401) throw error;
      this.forget();
      return null;
    }
  }

  async signIn({ key }: Credentials): Promise<Session> {
    this.key = key.trim();
    try {
      await this.models();
    } catch (error) {
      this.forget();
      throw error;
    }
    sessionStorage.setItem(KEY_SLOT, this.key);
    return sessionOf(this.key);
  }

  signOut(): Promise<void> {
    this.forget();
    return Promise.resolve();
  }

  async models(signal?: AbortSignal): Promise<Model[]> {
    const response = await this.fetch('/v1/models', signal ? { signal } : {});
    const list = (await response.json()) as ModelList;
    return list.data;
  }

  async generate(spec: GenerationSpec, onEvent: (event: GenerationEvent) => void, signal: AbortSignal): Promise<void> {
    const response = await this.fetch('/v1/images/generations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(toBody(spec)),
      signal,
    });
    const warnings = response.headers.get('x-avila-warnings');
    onEvent({ type: 'accepted', warnings: warnings === null ? [] : warnings.split('; ') });
    let images = 0;
    for await (const event of streamEvents(response)) {
      for (const translated of fromStreamEvent(event)) {
        if (translated.type === 'image') images += 1;
        onEvent(translated);
      }
    }
    if (images < spec.count) throw new ApiError('stream_cut', 'The connection was lost before the end', 0);
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.key ?? ''}`);
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers, cache: 'no-store', credentials: 'same-origin' });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw asApiError(error);
    }
    if (!response.ok) throw await errorFromResponse(response);
    return response;
  }

  private forget(): void {
    this.key = null;
    sessionStorage.removeItem(KEY_SLOT);
  }
}

/** The part of a key that names it and is no secret. */
const sessionOf = (key: string): Session => ({ label: `${key.slice(0, 13)}…` });

export function toBody(spec: GenerationSpec): Body {
  return {
    prompt: spec.prompt,
    model: spec.model,
    n: spec.count,
    size: `${spec.width}x${spec.height}`,
    negative_prompt: spec.negativePrompt === '' ? null : spec.negativePrompt,
    num_inference_steps: spec.steps,
    guidance_scale: spec.guidance,
    sampler: spec.sampler,
    schedule: spec.schedule,
    seed: spec.seed,
    output_format: 'png',
    stream: true,
    partial_images: PARTIAL_IMAGES,
  };
}

function* fromStreamEvent(event: StreamEvent): Generator<GenerationEvent> {
  if (event.error !== undefined) throw errorFromBody(event, 200, null);
  if (event.b64_json === undefined) return;
  const image = event.index ?? 0;
  const blob = toBlob(event.b64_json, `image/${event.output_format ?? 'png'}`);
  if (event.type === 'image_generation.partial_image') {
    const fraction = ((event.partial_image_index ?? 0) + 1) / (PARTIAL_IMAGES + 1);
    yield { type: 'progress', image, fraction };
    yield { type: 'preview', image, blob };
  } else if (event.type === 'image_generation.completed') {
    yield { type: 'image', image, blob, seed: event.seed ?? 0 };
  }
}

async function* streamEvents(response: Response): AsyncGenerator<StreamEvent> {
  if (response.body === null) return;
  const ready: StreamEvent[] = [];
  const parser = createParser({ onEvent: ({ data }) => ready.push(JSON.parse(data) as StreamEvent) });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(value);
    yield* ready.splice(0);
  }
}

function toBlob(base64: string, type: string): Blob {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Blob([bytes], { type });
}
