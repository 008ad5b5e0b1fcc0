import type { i18n } from 'i18next';
import { isLanguage, type LanguageCode } from '@/lib/i18n/languages';

/**
 * Texts that the first load does not carry, of one namespace in two files a language: `extras` for what Create shows beside its
 * controls, `places` for every other screen.
 */
export const PLACES = 'places';
export const PARTS = ['extras', 'places'] as const;
export type Part = (typeof PARTS)[number];

/** Other screens use some words of Create's. */
const WITH: Record<Part, readonly Part[]> = { extras: ['extras'], places: ['extras', 'places'] };

type Load = () => Promise<{ default: object }>;
const LOADERS: Record<Part, Record<LanguageCode, Load>> = {
  extras: {
    en: () => import('@/lib/i18n/locales/extras.en.json'),
    'pt-PT': () => import('@/lib/i18n/locales/extras.pt-PT.json'),
    'pt-BR': () => import('@/lib/i18n/locales/extras.pt-BR.json'),
    fr: () => import('@/lib/i18n/locales/extras.fr.json'),
    de: () => import('@/lib/i18n/locales/extras.de.json'),
  },
  places: {
    en: () => import('@/lib/i18n/locales/places.en.json'),
    'pt-PT': () => import('@/lib/i18n/locales/places.pt-PT.json'),
    'pt-BR': () => import('@/lib/i18n/locales/places.pt-BR.json'),
    fr: () => import('@/lib/i18n/locales/places.fr.json'),
    de: () => import('@/lib/i18n/locales/places.de.json'),
  },
};

/** What each instance has, as `language/part`. */
const loaded = new WeakMap<i18n, Set<string>>();
const of = (instance: i18n): Set<string> => {
  const found = loaded.get(instance) ?? new Set();
  loaded.set(instance, found);
  return found;
};

/** Whether a part is there in a language. Of one that is none of ours (a test's) all texts come at once. */
export const hasPart = (instance: i18n, code: string, part: Part): boolean =>
  isLanguage(code) ? WITH[part].every((file) => of(instance).has(`${code}/${file}`)) : instance.hasResourceBundle(code, PLACES);

export async function loadPart(instance: i18n, code: string, part: Part): Promise<void> {
  if (!isLanguage(code)) return;
  const missing = WITH[part].filter((file) => !of(instance).has(`${code}/${file}`));
  const texts = await Promise.all(missing.map((file) => LOADERS[file][code]()));
  for (const { default: found } of texts) instance.addResourceBundle(code, PLACES, found, true);
  for (const file of missing) of(instance).add(`${code}/${file}`);
}
