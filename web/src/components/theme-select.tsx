import { IconContrast, IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconSelect } from '@/components/icon-select';
import { THEME_CHOICES, useTheme, type ThemeChoice } from '@/lib/theme';

export const THEME_ICONS: Record<ThemeChoice, typeof IconSun> = {
  system: IconDeviceDesktop,
  light: IconSun,
  dark: IconMoon,
  contrast: IconContrast,
};

export function ThemeSelect() {
  const { t } = useTranslation();
  const { choice, setChoice } = useTheme();
  const options = THEME_CHOICES.map((value) => ({ value, label: t(`themes.${value}`) }));
  return <IconSelect Icon={THEME_ICONS[choice]} label={t('settings.theme')} value={choice} options={options} onChange={setChoice} />;
}
