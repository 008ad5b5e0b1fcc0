import { describe, expect, it } from 'vitest';
import { preferredLanguage } from '@/lib/i18n/languages';
import de from '@/lib/i18n/locales/de.json';
import deExtras from '@/lib/i18n/locales/extras.de.json';
import dePlaces from '@/lib/i18n/locales/places.de.json';
import en from '@/lib/i18n/locales/en.json';
import enExtras from '@/lib/i18n/locales/extras.en.json';
import enPlaces from '@/lib/i18n/locales/places.en.json';
import fr from '@/lib/i18n/locales/fr.json';
import frExtras from '@/lib/i18n/locales/extras.fr.json';
import frPlaces from '@/lib/i18n/locales/places.fr.json';
import ptBR from '@/lib/i18n/locales/pt-BR.json';
import ptBRExtras from '@/lib/i18n/locales/extras.pt-BR.json';
import ptBRPlaces from '@/lib/i18n/locales/places.pt-BR.json';
import ptPT from '@/lib/i18n/locales/pt-PT.json';
import ptPTExtras from '@/lib/i18n/locales/extras.pt-PT.json';
import ptPTPlaces from '@/lib/i18n/locales/places.pt-PT.json';
import { makeFormatters } from '@/lib/format';

const PLURAL = /_(zero|one|two|few|many|other)$/;
const EN = { ...en, places: { ...enPlaces, ...enExtras } };
const PT = { ...ptPT, places: { ...ptPTPlaces, ...ptPTExtras } };
const BR = { ...ptBR, places: { ...ptBRPlaces, ...ptBRExtras } };
const ALL = { en: EN, 'pt-PT': PT, 'pt-BR': BR, fr: { ...fr, places: { ...frPlaces, ...frExtras } }, de: { ...de, places: { ...dePlaces, ...deExtras } } };

/** Every text by its dotted key. */
function flat(value: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      typeof inner === 'string' ? [[prefix + key, inner] as const] : [...flat(inner as object, `${prefix}${key}.`)],
    ),
  );
}

const base = (key: string) => key.replace(PLURAL, '');
const keysOf = (texts: object) => [...new Set([...flat(texts).keys()].map(base))].sort();
const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort();

describe.each(Object.entries(ALL))('%s', (code, texts) => {
  it('has every key and no other', () => {
    expect(keysOf(texts)).toEqual(keysOf(EN));
  });
  it('has a text for every kind of plural that its language knows', () => {
    const kinds = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
    const plurals = [...flat(EN).keys()].filter((key) => PLURAL.test(key)).map(base);
    for (const key of new Set(plurals)) for (const kind of kinds) expect(flat(texts).keys()).toContain(`${key}_${kind}`);
  });
  it('fills the same placeholders', () => {
    for (const [key, text] of flat(texts)) {
      const english = flat(EN).get(key) ?? flat(EN).get(`${base(key)}_other`) ?? '';
      expect([key, placeholders(text)]).toEqual([key, placeholders(english)]);
    }
  });
  it('leaves no text empty and none with a space at its ends', () => {
    for (const [key, text] of flat(texts)) expect([key, text.trim() !== '' && text === text.trim()]).toEqual([key, true]);
  });
});

describe('the two Portugueses', () => {
  it('differ, and each keeps to its own words', () => {
    const european = [...flat(PT).values()].join('\n');
    const brazilian = [...flat(BR).values()].join('\n');
    expect(brazilian).not.toEqual(european);
    expect(european).not.toMatch(/\bvocê\b|\barquivo|\bbaixar\b|\bCâmera\b|\baba\b/i);
    expect(brazilian).not.toMatch(/\bficheiro|\btransferir\b|\bCâmara\b|\bseparador\b|\bprima\b/i);
  });
});

describe('the language of a first visit', () => {
  it.each([
    [['pt-BR', 'en'], 'pt-BR'],
    [['pt'], 'pt-PT'],
    [['pt-AO'], 'pt-PT'],
    [['fr-CA'], 'fr'],
    [['ja', 'de-AT'], 'de'],
    [['ja'], 'en'],
    [[], 'en'],
  ])('of %j is %s', (wishes, expected) => {
    expect(preferredLanguage(wishes)).toBe(expected);
  });
});

describe('numbers', () => {
  it('are written as the language does', () => {
    expect(makeFormatters('de').number(1.5)).toBe('1,5');
    expect(makeFormatters('en').number(1.5)).toBe('1.5');
    expect(makeFormatters('de').percent(0.25)).toBe('25\u00a0%');
    expect(makeFormatters('fr').percent(0.25)).toMatch(/^25.%$/);
    expect(makeFormatters('pt-PT').date(new Date(2026, 10, 26, 9, 5))).toContain('26/11/2026');
    expect(makeFormatters('en').size(1024, 512)).toBe('1024 × 512');
  });
});
