import { useEffect, useRef } from 'react';

export interface Chord {
  key: string;
  mod?: boolean;
}

/** Every shortcut of the page, for the keyboard and for the list that `?` shows. */
export const SHORTCUTS = {
  generate: { key: 'Enter', mod: true },
  save: { key: 's', mod: true },
  history: { key: 'g' },
  historyMod: { key: 'h', mod: true },
  help: { key: '?' },
} as const satisfies Record<string, Chord>;

const TYPING = 'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]';

/** A combination with Ctrl (or ⌘) works everywhere; a bare key only where no text is being typed. */
export function matches(chord: Chord, event: KeyboardEvent): boolean {
  if (event.isComposing || event.repeat || event.altKey) return false;
  const mod = event.ctrlKey || event.metaKey;
  if (mod !== (chord.mod ?? false) || event.key.toLowerCase() !== chord.key.toLowerCase()) return false;
  return mod || !isTyping(event.target);
}

export const isTyping = (target: EventTarget | null): boolean => target instanceof Element && target.closest(TYPING) !== null;

export const isDialogOpen = (): boolean => document.querySelector('[role=dialog], [role=alertdialog]') !== null;

/** Runs `action` on the chord; the browser's own meaning of it is then left out, unless `action` returns false. */
export function useShortcut(chord: Chord, action: () => unknown, isOn = true): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    if (!isOn) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !matches(chord, event)) return;
      if (latest.current() !== false) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [chord, isOn]);
}

export const TWICE_MS = 1500;

/**
 * Escape pressed twice. The first press calls `onArmed`; the second, within TWICE_MS, `onFired`. A press that closes a
 * dialogue, a list (which prevents the default) or belongs to an input method counts for nothing.
 */
export function useEscapeTwice(isOn: boolean, onArmed: () => void, onFired: () => void): void {
  const latest = useRef({ onArmed, onFired });
  useEffect(() => {
    latest.current = { onArmed, onFired };
  });
  useEffect(() => {
    if (!isOn) return undefined;
    let armedAt = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || event.repeat || isDialogOpen()) return;
      if (event.timeStamp - armedAt <= TWICE_MS) {
        armedAt = -Infinity;
        latest.current.onFired();
      } else {
        armedAt = event.timeStamp;
        latest.current.onArmed();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isOn]);
}
