import type { Template } from '@/api/prompts';

/** Templates with typed places: a small form fills them, the gateway makes the prompt of it. */
export type Values = Record<string, string | number>;

/** What was given, and for the rest the template's own defaults; a choice stands on its first option. */
export function valuesOf({ placeholders }: Template, given: Values): Values {
  const values: Values = {};
  for (const { name, type, default: own, options } of placeholders) {
    const value = given[name] ?? own ?? (type === 'choice' ? options[0] : undefined);
    if (value !== undefined) values[name] = typeof value === 'string' && type !== 'choice' ? value.replace(/\s+/g, ' ') : value;
  }
  return values;
}

/** The places that have no value yet. */
export const missingOf = ({ placeholders }: Template, values: Values): string[] =>
  placeholders.map(({ name }) => name).filter((name) => String(values[name] ?? '').trim() === '');

/** The prompt as far as it is known; what is not filled keeps its name in braces. */
export const previewOf = ({ prompt }: Template, values: Values): string =>
  prompt.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = String(values[name] ?? '').trim();
    return value === '' ? place : value;
  });
