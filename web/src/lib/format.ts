import { useTranslation } from 'react-i18next';

export interface Formatters {
  number: (value: number, digits?: number) => string;
  percent: (fraction: number) => string;
  /** For a style sheet, in no language. */
  percentOf: (fraction: number) => string;
  date: (value: Date) => string;
  /** A day of UTC's. */
  day: (value: Date) => string;
  time: (value: Date) => string;
  size: (width: number, height: number) => string;
  seconds: (value: number) => string;
  bytes: (value: number) => string;
}

export function makeFormatters(locale: string): Formatters {
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const plain = new Intl.NumberFormat(locale, { useGrouping: false });
  const seconds = new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', maximumFractionDigits: 1 });
  return {
    number: (value, digits = 2) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value),
    percent: (fraction) => percent.format(fraction),
    percentOf: (fraction) => `${Math.round(Math.min(1, Math.max(0, fraction)) * 100)}%`,
    date: (value) => date.format(value),
    day: (value) => (Number.isNaN(value.valueOf()) ? '' : day.format(value)),
    time: (value) => time.format(value),
    size: (width, height) => `${plain.format(width)} × ${plain.format(height)}`,
    seconds: (value) => seconds.format(value),
    bytes: (value) => bytesIn(locale, value),
  };
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

function bytesIn(locale: string, value: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const unit = UNITS[power] ?? 'byte';
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: power > 1 ? 1 : 0 }).format(value / 1000 ** power);
}

/** One for each language: a browser takes a millisecond to make them, and every tile of the gallery asks for them. */
const known = new Map<string, Formatters>();

function formattersOf(locale: string): Formatters {
  const formatters = known.get(locale) ?? makeFormatters(locale);
  known.set(locale, formatters);
  return formatters;
}

/** Numbers and dates as the chosen language writes them. */
export function useFormat(): Formatters {
  const { i18n } = useTranslation();
  return formattersOf(i18n.language === 'pseudo' ? 'en' : i18n.language);
}
