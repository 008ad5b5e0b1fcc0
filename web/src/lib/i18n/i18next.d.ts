import 'i18next';
import type en from '@/lib/i18n/locales/en.json';
import type extras from '@/lib/i18n/locales/extras.en.json';
import type places from '@/lib/i18n/locales/places.en.json';

// A misspelt key is a type error.
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en; places: typeof places & typeof extras };
  }
}
