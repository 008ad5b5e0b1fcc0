import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { asApiError, errorFromResponse } from '@/api/errors';

const KEY_SLOT = 'avila.key';

/** Requests to the gateway with an API key, which is kept until the browser's tab is closed and nowhere else. */
export class Transport {
  private key: string | null = sessionStorage.getItem(KEY_SLOT);

  /** The part of the key that names it and is no secret; null when there is none. */
  get label(): string | null {
    return this.key === null ? null : `${this.key.slice(0, 13)}…`;
  }

  use(key: string): void {
    this.key = key.trim();
  }

  keep(): void {
    if (this.key !== null) sessionStorage.setItem(KEY_SLOT, this.key);
  }

  forget(): void {
    this.key = null;
    sessionStorage.removeItem(KEY_SLOT);
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.fetch(path, init);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** Server-sent events of one connection, from after `lastId` on; ends when the connection does. */
  async *events(path: string, lastId: string, signal: AbortSignal): AsyncGenerator<EventSourceMessage> {
    const headers: HeadersInit = lastId === '' ? {} : { 'last-event-id': lastId };
    const { body } = await this.fetch(path, { headers, signal });
    if (body === null) return;
    const ready: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => ready.push(event) });
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(value);
      yield* ready.splice(0);
    }
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.key ?? ''}`);
    if (init.body !== undefined) headers.set('content-type', 'application/json');
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
}
