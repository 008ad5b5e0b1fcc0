import { useSyncExternalStore } from 'react';

/** What an address brings along behind its #, which no server sees: an invitation, or a token for a new password. */
export interface Ticket {
  kind: 'invitation' | 'reset';
  token: string;
}

const hear = (listener: () => void) => {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
};

/** What is behind the #. A link that is opened where the page is open already changes that alone, and loads nothing. */
export const useHash = (): string => useSyncExternalStore(hear, () => window.location.hash);

const partOf = (hash: string, name: string): string => new URLSearchParams(hash.slice(1)).get(name) ?? '';

export function ticketIn(hash: string): Ticket | null {
  for (const kind of ['invitation', 'reset'] as const) {
    const token = partOf(hash, kind);
    if (token !== '') return { kind, token };
  }
  return null;
}

/** Why a sign-in at a provider came to nothing, as the error's code. */
export const refusalIn = (hash: string): string => partOf(hash, 'refused');

export const setUpTokenIn = (hash: string): string => partOf(hash, 'setup');

/** A token is good once; the address does not keep it. */
export function forgetHash(): void {
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}
