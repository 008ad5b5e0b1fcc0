import i18next, { type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { isLanguage, LANGUAGES, preferredLanguage, type LanguageCode } from '@/lib/i18n/languages';
import en from '@/lib/i18n/locales/en.json';
import { hasPart, loadPart, PARTS } from '@/lib/i18n/places-loader';
import { readStored, writeStored } from '@/lib/storage';

/** English comes with the page; the others are files of their own, loaded when they are chosen. */
const LOADERS: Record<Exclude<LanguageCode, 'en'>, () => Promise<{ default: object }>> = {
  'pt-PT': () => import('@/lib/i18n/locales/pt-PT.json'),
  'pt-BR': () => import('@/lib/i18n/locales/pt-BR.json'),
  fr: () => import('@/lib/i18n/locales/fr.json'),
  de: () => import('@/lib/i18n/locales/de.json'),
};

export function makeI18n(): i18n {
  const instance = i18next.createInstance();
  void instance.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    supportedLngs: [...LANGUAGES.map(({ code }) => code), 'pseudo'],
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
    react: { useSuspense: false, bindI18nStore: 'added' },
    initAsync: false,
  });
  return instance;
}

export function startLanguage(): LanguageCode {
  const stored = readStored<LanguageCode | null>('language', null, (value): value is LanguageCode => isLanguage(value));
  return stored ?? preferredLanguage(navigator.languages);
}

export async function changeLanguage(instance: i18n, code: LanguageCode): Promise<void> {
  if (code !== 'en' && !instance.hasResourceBundle(code, 'translation')) {
    const { default: texts } = await LOADERS[code]();
    instance.addResourceBundle(code, 'translation', texts);
  }
  const shown = PARTS.filter((part) => hasPart(instance, instance.language, part));
  await Promise.all(shown.map((part) => loadPart(instance, code, part)));
  await instance.changeLanguage(code);
  document.documentElement.lang = code;
}

export function rememberLanguage(code: LanguageCode): void {
  writeStored('language', code);
}
