import { useEffect, useRef } from 'react';
import { isRecord, isString, readStored, writeStored } from '@/lib/storage';

export interface Chord {
  key: string;
  mod?: boolean;
}

/** Every shortcut of the page, for the keyboard and for the list that `?` shows; the reader may choose others. */
export const SHORTCUTS = {
  generate: { key: 'Enter', mod: true },
  save: { key: 's', mod: true },
  history: { key: 'g' },
  historyMod: { key: 'h', mod: true },
  help: { key: '?' },
} as const satisfies Record<string, Chord>;
export type ShortcutName = keyof typeof SHORTCUTS;

const CHOSEN = 'keys';
type Chosen = Partial<Record<ShortcutName, Chord>>;
const isChosen = (value: unknown): value is Chosen =>
  isRecord(value) && Object.values(value).every((chord) => isRecord(chord) && isString(chord.key) && ['boolean', 'undefined'].includes(typeof chord.mod));

const readChosen = (): Chosen => readStored<Chosen>(CHOSEN, {}, isChosen);

/** What stands for `name` now. Read at each press, which is seldom, so that no two parts of the page can disagree. */
export const chordOf = (name: ShortcutName): Chord => readChosen()[name] ?? SHORTCUTS[name];

/** Another chord for `name`; null brings the usual one back. */
export function choose(name: ShortcutName, chord: Chord | null): void {
  const others = Object.entries(readChosen()).filter(([other]) => other !== name);
  writeStored(CHOSEN, Object.fromEntries(chord === null ? others : [...others, [name, chord]]));
}

/** As it is written on the keys. */
export const namesOf = ({ key, mod }: Chord): string[] => [...(mod ? ['Ctrl'] : []), key === 'Enter' ? '↵' : key.length === 1 ? key.toUpperCase() : key];

/** What was pressed, as a chord; null while only Ctrl and its like are down, and for keys that have a meaning everywhere. */
export function chordIn(event: KeyboardEvent): Chord | null {
  const isUnusable = ['Control', 'Meta', 'Shift', 'Alt', 'AltGraph', 'Tab', 'Escape', 'Dead', 'Process'].includes(event.key);
  if (isUnusable || event.altKey || event.isComposing) return null;
  const mod = event.ctrlKey || event.metaKey;
  return mod ? { key: event.key, mod } : { key: event.key };
}

const isSame = (left: Chord, right: Chord): boolean =>
  left.key.toLowerCase() === right.key.toLowerCase() && (left.mod ?? false) === (right.mod ?? false);

/** The other shortcut that a chord belongs to already. */
export const ownerOf = (chord: Chord, except: ShortcutName): ShortcutName | null =>
  (Object.keys(SHORTCUTS) as ShortcutName[]).find((name) => name !== except && isSame(chordOf(name), chord)) ?? null;

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

/** Runs `action` on the shortcut's chord; the browser's own meaning of it is then left out, unless `action` returns false. */
export function useShortcut(name: ShortcutName, action: () => unknown, isOn = true): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    if (!isOn) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !matches(chordOf(name), event)) return;
      if (latest.current() !== false) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [name, isOn]);
}

export const TWICE_MS = 1500;
export const HOLD_MS = 1000;

/**
 * Escape pressed twice within TWICE_MS, or held for HOLD_MS: never by one press that was meant for something else. The first
 * press calls `onArmed`, what follows `onFired`. A press that closes a dialogue, a list (which prevents the default) or
 * belongs to an input method counts for nothing.
 */
export function useSafeEscape(isOn: boolean, onArmed: () => void, onFired: () => void): void {
  const latest = useRef({ onArmed, onFired });
  useEffect(() => {
    latest.current = { onArmed, onFired };
  });
  useEffect(() => {
    if (!isOn) return undefined;
    let armedAt = -Infinity;
    let heldSince = Infinity;
    const fire = () => {
      armedAt = -Infinity;
      heldSince = Infinity;
      latest.current.onFired();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || isDialogOpen()) return;
      if (event.repeat) {
        if (event.timeStamp - heldSince >= HOLD_MS) fire();
      } else if (event.timeStamp - armedAt <= TWICE_MS) {
        fire();
      } else {
        armedAt = event.timeStamp;
        heldSince = event.timeStamp;
        latest.current.onArmed();
      }
    };
    const onUp = ({ key }: KeyboardEvent) => {
      if (key === 'Escape') heldSince = Infinity;
    };
    document.addEventListener('keydown', onKey);
    document.addEventListener('keyup', onUp);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('keyup', onUp);
    };
  }, [isOn]);
}
