/** The page's languages, complete each; `name` is written in the language itself. */
export const LANGUAGES = [
  { code: 'en', name: 'English' },
  { code: 'pt-PT', name: 'Português (Portugal)' },
  { code: 'pt-BR', name: 'Português (Brasil)' },
  { code: 'fr', name: 'Français' },
  { code: 'de', name: 'Deutsch' },
] as const;

export type LanguageCode = (typeof LANGUAGES)[number]['code'];

export const isLanguage = (value: unknown): value is LanguageCode => LANGUAGES.some(({ code }) => code === value);

/**
 * The best of our languages for the browser's wishes, in their order. Plain `pt` is European Portuguese, as is that of
 * Africa and Asia; only Brazil's is its own.
 */
export function preferredLanguage(wishes: readonly string[]): LanguageCode {
  for (const wish of wishes) {
    const [language = '', ...rest] = wish.toLowerCase().split('-');
    if (language === 'pt') return rest.includes('br') ? 'pt-BR' : 'pt-PT';
    const found = LANGUAGES.find(({ code }) => code === language);
    if (found) return found.code;
  }
  return 'en';
}
