import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTheme, THEME_CHOICES, writeTheme } from '@/lib/theme';

/** The script that runs before the first paint stands alone; it must mean the same as the page. */
const script = readFileSync('public/theme.js', 'utf8');

function firstPaint(isDark: boolean, wantsContrast: boolean): Record<string, string | undefined> {
  const matches = (query: string) => (query.includes('dark') ? isDark : wantsContrast);
  const root = document.documentElement;
  root.removeAttribute('data-contrast');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- our own file, as the browser would run it
  new Function('matchMedia', script)((query: string) => ({ matches: matches(query) }));
  return { scheme: root.dataset.mantineColorScheme, contrast: root.dataset.contrast };
}

describe('the first paint', () => {
  it.each([
    ['system', true, false, 'dark', undefined],
    ['system', false, true, 'light', 'more'],
    ['light', true, true, 'light', undefined],
    ['dark', false, false, 'dark', undefined],
    ['contrast', true, false, 'dark', 'more'],
    ['contrast', false, false, 'light', 'more'],
  ] as const)('of %s with dark=%s and more contrast=%s', (choice, isDark, wantsContrast, scheme, contrast) => {
    writeTheme(choice);
    expect(readTheme()).toBe(choice);
    expect(firstPaint(isDark, wantsContrast)).toEqual({ scheme, contrast });
  });

  it('survives whatever lies in the storage', () => {
    localStorage.setItem('avila.theme', '{');
    expect(firstPaint(true, false)).toEqual({ scheme: 'dark', contrast: undefined });
    expect(readTheme()).toBe(THEME_CHOICES[0]);
  });
});
