/** The search line is the one place where a search is written down: filters are terms in it. */

const TERM = /-?(?:([A-Za-z_]+):(?:>=|<=|>|<|=)?)?(?:"[^"]*"|[^\s"]+)/g;

interface Term {
  field: string | null;
  text: string;
}

const termsOf = (line: string): Term[] =>
  [...line.matchAll(TERM)].map(([text, field]) => ({ field: text.startsWith('-') ? null : (field?.toLowerCase() ?? null), text }));

const valueOf = ({ text }: Term): string => text.slice(text.indexOf(':') + 1).replace(/^(>=|<=|>|<|=)/, '').replaceAll('"', '');

const quoted = (value: string): string => (/^[^\s"]+$/.test(value) ? value : `"${value.replaceAll('"', '')}"`);

const joined = (terms: readonly string[]): string => terms.filter(Boolean).join(' ');

/** The value of a field's first term, without its comparison; null when the line does not name the field. */
export function fieldOf(line: string, field: string): string | null {
  const term = termsOf(line).find((candidate) => candidate.field === field);
  return term ? valueOf(term) : null;
}

/** The line with one term of this field (after `op`), or with none for null; the other terms stay as they were written. */
export function withField(line: string, field: string, value: string | null, op = ''): string {
  const others = termsOf(line).filter((term) => term.field !== field);
  return joined([...others.map(({ text }) => text), value === null ? '' : `${field}:${op}${quoted(value)}`]);
}

export type Flag = 'favourite' | 'trashed';

export const hasFlag = (line: string, flag: Flag): boolean =>
  termsOf(line).some((term) => term.field === 'is' && valueOf(term) === flag);

export function withFlag(line: string, flag: Flag, isOn: boolean): string {
  const others = termsOf(line).filter((term) => !(term.field === 'is' && valueOf(term) === flag));
  return joined([...others.map(({ text }) => text), isOn ? `is:${flag}` : '']);
}
