import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

export interface Formatters {
  number: (value: number, digits?: number) => string;
  percent: (fraction: number) => string;
  date: (value: Date) => string;
  time: (value: Date) => string;
  size: (width: number, height: number) => string;
  seconds: (value: number) => string;
}

export function makeFormatters(locale: string): Formatters {
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const plain = new Intl.NumberFormat(locale, { useGrouping: false });
  const seconds = new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', maximumFractionDigits: 1 });
  return {
    number: (value, digits = 2) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value),
    percent: (fraction) => percent.format(fraction),
    date: (value) => date.format(value),
    time: (value) => time.format(value),
    size: (width, height) => `${plain.format(width)} × ${plain.format(height)}`,
    seconds: (value) => seconds.format(value),
  };
}

/** Numbers and dates as the chosen language writes them. */
export function useFormat(): Formatters {
  const { i18n } = useTranslation();
  const locale = i18n.language === 'pseudo' ? 'en' : i18n.language;
  return useMemo(() => makeFormatters(locale), [locale]);
}
