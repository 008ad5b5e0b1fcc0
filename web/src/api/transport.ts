import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { asApiError, errorFromResponse } from '@/api/errors';
import { isFlag, readStored, writeStored } from '@/lib/storage';

const KEY_SLOT = 'avila.key';

/** Whether cookies were given to this browser; that they are there no script can see. */
const COOKIES = 'cookies';
const AUTH = '/v1/auth/';

/**
 * Requests to the gateway, as a signed-in person by cookies that no script can read, or with an API key, which is kept
 * until the browser's tab is closed and nowhere else.
 */
export class Transport {
  private key: string | null = sessionStorage.getItem(KEY_SLOT);
  private refreshing: Promise<boolean> | null = null;

  /** The part of the key that names it and is no secret; null when there is none. */
  get keyLabel(): string | null {
    return this.key === null ? null : `${this.key.slice(0, 13)}…`;
  }

  get mayBeSignedIn(): boolean {
    return this.key !== null || readStored(COOKIES, false, isFlag);
  }

  useKey(key: string): void {
    this.key = key.trim();
  }

  useCookies(): void {
    this.key = null;
  }

  remember(): void {
    if (this.key === null) writeStored(COOKIES, true);
    else sessionStorage.setItem(KEY_SLOT, this.key);
  }

  forget(): void {
    this.key = null;
    sessionStorage.removeItem(KEY_SLOT);
    writeStored(COOKIES, false);
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.fetch(path, init);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  async blob(path: string, init: RequestInit = {}): Promise<Blob> {
    return (await this.fetch(path, init)).blob();
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

  /** An access cookie that has run out is renewed once, whoever notices first. */
  private async fetch(path: string, init: RequestInit): Promise<Response> {
    let response = await this.send(path, init);
    const isSession = this.key === null && (!path.startsWith(AUTH) || path === `${AUTH}me`);
    if (response.status === 401 && isSession && (await this.refresh())) response = await this.send(path, init);
    if (!response.ok) throw await errorFromResponse(response);
    return response;
  }

  private refresh(): Promise<boolean> {
    this.refreshing ??= this.send(`${AUTH}refresh`, { method: 'POST' })
      .then(({ ok }) => ok)
      .finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.key !== null) headers.set('authorization', `Bearer ${this.key}`);
    if (typeof init.body === 'string') headers.set('content-type', 'application/json');
    try {
      return await fetch(path, { ...init, headers, cache: 'no-store', credentials: 'same-origin' });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw asApiError(error);
    }
  }
}
