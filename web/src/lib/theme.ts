import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import { useColorScheme, useMediaQuery } from '@mantine/hooks';
import { createContext, useContext, useEffect } from 'react';
import { readStored, writeStored } from '@/lib/storage';

export const THEME_CHOICES = ['system', 'light', 'dark', 'contrast'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const isThemeChoice = (value: unknown): value is ThemeChoice => THEME_CHOICES.some((choice) => choice === value);

const iris: MantineColorsTuple = [
  '#f1f0ff', '#dfdefc', '#bbb9f5', '#9693ee', '#7772e8', '#635ee5', '#5752e3', '#4741ca', '#3f3ab5', '#3431a0',
];

/** Dark enough where it is filled for white words on it. */
const red: MantineColorsTuple = [
  '#fff5f5', '#ffe3e3', '#ffc9c9', '#ffa8a8', '#ff8787', '#ff6b6b', '#d92b2b', '#c92a2a', '#b02525', '#972020',
];

/** Neutral greys, so that the surroundings never tint how a picture's colours are seen. */
const dark: MantineColorsTuple = [
  '#f0f0f0', '#c9c9c9', '#b0b0b0', '#8f8f8f', '#5c5c5c', '#424242', '#333333', '#2a2a2a', '#1a1a1a', '#121212',
];

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: { light: 7, dark: 6 },
  colors: { iris, red, dark },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily:
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.125rem' } } },
  respectReducedMotion: true,
  // Named, not imported: dialogues are loaded when they are opened.
  components: { Loader: { defaultProps: { role: 'status' } }, Modal: { styles: { title: { fontSize: '1.125rem', fontWeight: 650 } } } },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#57575f',
    '--mantine-color-placeholder': '#6b6b73',
    '--avila-panel': '#f6f6f7',
    '--avila-stage': '#ececee',
    '--avila-line': '#dedee2',
    '--avila-accent': '#4741ca',
    '--mantine-color-error': '#b3261e',
  },
  dark: {
    '--mantine-color-body': '#1a1a1a',
    '--mantine-color-text': '#f0f0f0',
    '--mantine-color-dimmed': '#b0b0b0',
    '--mantine-color-placeholder': '#9c9c9c',
    '--avila-panel': '#222222',
    '--avila-stage': '#141414',
    '--avila-line': '#3a3a3a',
    '--avila-accent': '#a8a5f5',
    '--mantine-color-error': '#ff9d96',
  },
});

export interface ThemeSetting {
  choice: ThemeChoice;
  setChoice: (choice: ThemeChoice) => void;
}

export const ThemeContext = createContext<ThemeSetting | null>(null);

export function useTheme(): ThemeSetting {
  const setting = useContext(ThemeContext);
  if (setting === null) throw new Error('useTheme needs a ThemeContext above it');
  return setting;
}

export const readTheme = (): ThemeChoice => readStored<ThemeChoice>('theme', 'system', isThemeChoice);
export const writeTheme = (choice: ThemeChoice): void => writeStored('theme', choice);

/** The scheme a choice means now; high contrast is a quality of light and dark, not a third scheme. */
export function useResolvedTheme(choice: ThemeChoice): { scheme: 'light' | 'dark'; contrast: boolean } {
  const system = useColorScheme();
  const prefersMore = useMediaQuery('(prefers-contrast: more)', false);
  const scheme = choice === 'light' || choice === 'dark' ? choice : system;
  const contrast = choice === 'contrast' || (choice === 'system' && prefersMore);
  useEffect(() => {
    document.documentElement.toggleAttribute('data-contrast', contrast);
    if (contrast) document.documentElement.setAttribute('data-contrast', 'more');
  }, [contrast]);
  return { scheme, contrast };
}
