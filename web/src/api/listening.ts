import type { EventSourceMessage } from 'eventsource-parser';
import { asApiError } from '@/api/errors';
import type { Transport } from '@/api/transport';

export interface Listener {
  /** True when it was the last that will come. */
  onMessage: (message: EventSourceMessage) => boolean;
  onConnection?: (isLost: boolean) => void;
}

/** Where the reading of a stream stands. */
interface Place {
  lastId: string;
  losses: number;
}

export const RECONNECT_MS = [500, 1000, 2000, 4000, 8000];

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Reads a stream of events to its end; after a lost connection it asks for what came after the last that it heard. */
export async function listen(transport: Transport, path: string, listener: Listener, signal: AbortSignal): Promise<void> {
  const place: Place = { lastId: '', losses: 0 };
  while (!(await listenOnce(transport, path, place, listener, signal))) {
    signal.throwIfAborted();
    listener.onConnection?.(true);
    await pause(RECONNECT_MS[Math.min(place.losses, RECONNECT_MS.length - 1)] ?? 0);
    place.losses += 1;
    signal.throwIfAborted();
  }
}

/** One connection; true when the last event came, false when the connection was lost before. */
async function listenOnce(transport: Transport, path: string, place: Place, listener: Listener, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const message of transport.events(path, place.lastId, signal)) {
      if (place.losses > 0) listener.onConnection?.(false);
      place.losses = 0;
      place.lastId = message.id ?? place.lastId;
      if (listener.onMessage(message)) return true;
    }
  } catch (error) {
    const { status } = asApiError(error);
    if (signal.aborted || (status >= 400 && status < 500)) throw error;
  }
  return false;
}
