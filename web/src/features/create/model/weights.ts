/** Attention weights in AUTOMATIC1111's grammar, `(words:1.2)`, changed in place. */

export interface Edited {
  text: string;
  start: number;
  end: number;
}

const STEP = 0.1;
const LOWEST = 0;
const HIGHEST = 2;
const WEIGHTED = /^\((.+):(\d*\.?\d+)\)$/s;

/**
 * Makes what is selected (or the word at the cursor) heavier or lighter by one step. A weight of 1 needs no brackets and
 * loses them. Returns null when there is no word.
 */
export function changeWeight(text: string, start: number, end: number, direction: 1 | -1): Edited | null {
  const range = enclosingWeight(text, start, end) ?? trimmed(text, start, end) ?? wordAt(text, start);
  if (range === null) return null;
  const whole = text.slice(range.start, range.end);
  const match = WEIGHTED.exec(whole);
  const inner = match?.[1] ?? whole;
  const old = match ? Number(match[2]) : 1;
  const weight = Math.round(Math.min(HIGHEST, Math.max(LOWEST, old + direction * STEP)) * 100) / 100;
  const replaced = weight === 1 ? inner : `(${inner}:${weight})`;
  const innerStart = range.start + (weight === 1 ? 0 : 1);
  return {
    text: text.slice(0, range.start) + replaced + text.slice(range.end),
    start: innerStart,
    end: innerStart + inner.length,
  };
}

interface Range {
  start: number;
  end: number;
}

/** The `(…:w)` around a selection, if its inside is a single group. */
function enclosingWeight(text: string, start: number, end: number): Range | null {
  for (const match of text.matchAll(/\([^()]*:\d*\.?\d+\)/g)) {
    const range = { start: match.index, end: match.index + match[0].length };
    if (range.start <= start && end <= range.end) return range;
  }
  return null;
}

function trimmed(text: string, start: number, end: number): Range | null {
  const selected = text.slice(start, end);
  const inner = selected.trim();
  if (inner === '') return null;
  const from = start + selected.indexOf(inner);
  return { start: from, end: from + inner.length };
}

function wordAt(text: string, position: number): Range | null {
  const isWord = (index: number): boolean => /[^\s,()[\]:]/.test(text.charAt(index));
  let start = position;
  while (start > 0 && isWord(start - 1)) start -= 1;
  let end = position;
  while (end < text.length && isWord(end)) end += 1;
  return start === end ? null : { start, end };
}
