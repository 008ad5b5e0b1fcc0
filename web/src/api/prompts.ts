import type { components } from '@/api/schema';
import type { Api } from '@/api/types';

type Schemas = components['schemas'];
export type FoundTag = Schemas['FoundTag'];
export type Category = Schemas['Category'];
export type Template = Schemas['Template'];
export type Placeholder = Schemas['Placeholder'];
export type Style = Schemas['gateway__prompts__items__Style'];
export type PreparedPrompts = Schemas['PreparedPrompts'];
export type TokenCount = Schemas['gateway__prompts__schemas__Count'];

/** The gateway's languages have no regions; its texts fall back to English. */
const shortOf = (language: string): string => language.slice(0, 2);
export const titleOf = (titles: Readonly<Record<string, string>>, language: string, name: string): string =>
  titles[shortOf(language)] ?? titles.en ?? name;

export interface SuggestQuery {
  typed: string;
  model: string;
  category?: Category;
  /** Of the words that lead to tags; without it, every language's. */
  language?: string;
  limit: number;
}

export function suggest(api: Api, { typed, model, category, language, limit }: SuggestQuery, signal?: AbortSignal): Promise<FoundTag[]> {
  const query = new URLSearchParams({ q: typed.slice(0, 100), model, limit: String(limit) });
  if (category) query.set('category', category);
  if (language !== undefined) query.set('language', ['de', 'fr', 'pt'].find((code) => code === shortOf(language)) ?? 'en');
  return api.ask(`/v1/prompts/suggestions?${query.toString()}`, { signal });
}

export const listTemplates = (api: Api, signal?: AbortSignal): Promise<Template[]> => api.ask('/v1/prompts/templates', { signal });
export const fillTemplate = (api: Api, name: string, values: Record<string, string | number>): Promise<PreparedPrompts> =>
  api.ask(`/v1/prompts/templates/${encodeURIComponent(name)}/fill`, { method: 'POST', body: { values } });

export const listStyles = (api: Api, signal?: AbortSignal): Promise<Style[]> => api.ask('/v1/prompts/styles', { signal });

export const countTokens = (api: Api, body: Schemas['TokensBody'], signal?: AbortSignal): Promise<TokenCount> =>
  api.ask('/v1/prompts/tokens', { method: 'POST', body, signal });
