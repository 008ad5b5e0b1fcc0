import { IconLanguage } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconSelect } from '@/components/icon-select';
import { changeLanguage, rememberLanguage } from '@/lib/i18n';
import { isLanguage, LANGUAGES, type LanguageCode } from '@/lib/i18n/languages';

export function useLanguage(): [LanguageCode, (code: LanguageCode) => void] {
  const { i18n } = useTranslation();
  const choose = (code: LanguageCode) => {
    rememberLanguage(code);
    void changeLanguage(i18n, code);
  };
  return [isLanguage(i18n.language) ? i18n.language : 'en', choose];
}

export function LanguageSelect() {
  const { t } = useTranslation();
  const [current, choose] = useLanguage();
  const options = LANGUAGES.map(({ code, name }) => ({ value: code, label: name }));
  return <IconSelect Icon={IconLanguage} label={t('settings.language')} value={current} options={options} onChange={choose} />;
}
