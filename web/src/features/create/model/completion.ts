/** Completion of the prompt: what is being typed, and how a suggestion goes in. */

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

/**
 * Where in the fragment what is looked for may begin: the whole of it first, then its last word, so that "a cat in gold"
 * still finds "golden hour".
 */
export function beginnings({ text }: Fragment): { offset: number; typed: string }[] {
  const lastSpace = text.lastIndexOf(' ');
  const offsets = lastSpace < 0 ? [0] : [0, lastSpace + 1];
  return offsets.map((offset) => ({ offset, typed: text.slice(offset) })).filter(({ typed }) => typed.length >= SHORTEST);
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
