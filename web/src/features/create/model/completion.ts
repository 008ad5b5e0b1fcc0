/** Completion of the prompt: by category, or by the letters typed so far, in English or in the page's language. */

export const CATEGORIES = ['styles', 'subjects', 'lighting', 'camera'] as const;
export type Category = (typeof CATEGORIES)[number];

/** What goes into the prompt, in English: the words the models were taught. Keys of the translations `words.*`. */
export const WORDS = {
  styles: { photorealistic: 'photorealistic', fourK: '4k', ultraDetailed: 'ultra detailed', artstation: 'artstation' },
  subjects: { portrait: 'portrait', landscape: 'landscape', interior: 'interior', product: 'product' },
  lighting: { goldenHour: 'golden hour', studioLighting: 'studio lighting', dramaticShadows: 'dramatic shadows' },
  camera: { wideAngle: 'wide angle', macro: 'macro', bokeh: 'bokeh', depthOfField: 'depth of field' },
} as const;

type KeysOf<T> = T extends unknown ? keyof T : never;
export type WordKey = KeysOf<(typeof WORDS)[Category]>;

export interface Suggestion {
  key: WordKey;
  category: Category;
  /** English, for the prompt. */
  text: string;
  /** In the page's language, for the reader. */
  label: string;
}

export function suggestionsOf(labelOf: (key: WordKey) => string): Suggestion[] {
  return CATEGORIES.flatMap((category) =>
    Object.entries(WORDS[category]).map(([key, text]) => ({
      key: key as WordKey,
      category,
      text,
      label: labelOf(key as WordKey),
    })),
  );
}

/** Lower case, without accents: "pôr do sol" and "por do sol" are the same wish. */
export const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

export interface Fragment {
  start: number;
  text: string;
}

/** What is being typed: from the last comma, line or bracket to the cursor. Null when the cursor is inside a word. */
export function fragmentAt(text: string, cursor: number): Fragment | null {
  if (/^[^\s,()[\]:]/.test(text.slice(cursor))) return null;
  const before = text.slice(0, cursor);
  const start = Math.max(...[',', '\n', '(', '[', '|'].map((mark) => before.lastIndexOf(mark))) + 1;
  const lead = before.slice(start).length - before.slice(start).trimStart().length;
  return { start: start + lead, text: before.slice(start + lead) };
}

const SHORTEST = 2;
const MOST = 6;

/**
 * Suggestions for what is typed: those that begin with it first, then those of which a word does. When the whole
 * fragment fits nothing, its last word is tried, so that "a cat in gold" still finds "golden hour".
 */
export function complete(fragment: Fragment, all: readonly Suggestion[]): { start: number; found: Suggestion[] } | null {
  if (all.some(({ text }) => text === folded(fragment.text))) return null; // typed in full
  const lastSpace = fragment.text.lastIndexOf(' ');
  const starts = lastSpace < 0 ? [0] : [0, lastSpace + 1];
  for (const offset of starts) {
    const typed = folded(fragment.text.slice(offset));
    if (typed.length < SHORTEST) continue;
    const found = ranked(typed, all);
    if (found.length > 0) return { start: fragment.start + offset, found };
  }
  return null;
}

function ranked(typed: string, all: readonly Suggestion[]): Suggestion[] {
  const rank = (suggestion: Suggestion): number => {
    const names = [folded(suggestion.text), folded(suggestion.label)];
    if (names.some((name) => name.startsWith(typed))) return 0;
    return names.some((name) => name.split(/[\s-]+/).some((word) => word.startsWith(typed))) ? 1 : 9;
  };
  return all
    .map((suggestion) => ({ suggestion, rank: rank(suggestion) }))
    .filter((entry) => entry.rank < 9)
    .sort((left, right) => left.rank - right.rank)
    .slice(0, MOST)
    .map((entry) => entry.suggestion);
}

/** Puts `words` where the fragment was, with a comma behind it, and says where the cursor goes. */
export function insertAt(text: string, start: number, cursor: number, words: string): { text: string; cursor: number } {
  const rest = text.slice(cursor).replace(/^\s*,?\s*/, '');
  const head = `${text.slice(0, start)}${words}, `;
  return { text: head + rest, cursor: head.length };
}

/** Adds `words` at the end, or takes them out when they are there already. */
export function toggleWords(text: string, words: string): string {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes(words)) return parts.filter((part) => part !== words).join(', ');
  const head = text.trimEnd().replace(/,$/, '');
  return head === '' ? words : `${head}, ${words}`;
}

export const hasWords = (text: string, words: string): boolean =>
  text
    .split(',')
    .map((part) => part.trim())
    .includes(words);
