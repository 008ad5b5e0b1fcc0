import { Button, Container, Group, NativeSelect, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '@/components/language-select';
import { THEME_ICONS } from '@/components/theme-select';
import { useSession } from '@/features/auth/session';
import styles from '@/features/settings/settings.module.css';
import { isLanguage, LANGUAGES } from '@/lib/i18n/languages';
import { THEME_CHOICES, useTheme, type ThemeChoice } from '@/lib/theme';

export function SettingsScreen() {
  const { t } = useTranslation();
  const { session, signOut } = useSession();
  const [language, chooseLanguage] = useLanguage();
  const { choice, setChoice } = useTheme();
  const themeId = useId();
  return (
    <Container size="sm" py="lg">
      <Title order={1} mb="lg">
        {t('settings.title')}
      </Title>
      <Stack gap="lg">
        <section className={styles.card}>
          <Stack gap="md">
            <Title order={2}>{t('settings.look')}</Title>
            <NativeSelect
              label={t('settings.language')}
              value={language}
              onChange={({ currentTarget: { value } }) => isLanguage(value) && chooseLanguage(value)}
              data={LANGUAGES.map(({ code, name }) => ({ value: code, label: name }))}
            />
            <div>
              <Text size="sm" fw={600} mb={4} id={themeId}>
                {t('settings.theme')}
              </Text>
              <SegmentedControl<ThemeChoice>
                aria-labelledby={themeId}
                value={choice}
                onChange={setChoice}
                fullWidth
                data={THEME_CHOICES.map((option) => {
                  const Icon = THEME_ICONS[option];
                  return {
                    value: option,
                    label: (
                      <span className={styles.theme}>
                        <Icon size={18} aria-hidden />
                        {t(`themes.${option}`)}
                      </span>
                    ),
                  };
                })}
              />
            </div>
          </Stack>
        </section>
        <section className={styles.card}>
          <Stack gap="md">
            <Title order={2}>{t('settings.account')}</Title>
            <Group justify="space-between">
              <div>
                <Text size="sm" c="dimmed">
                  {session.kind === 'key' ? t('settings.signedInWithKey') : t('settings.signedInAs')}
                </Text>
                <Text ff={session.kind === 'key' ? 'monospace' : 'text'}>{session.label}</Text>
              </div>
              <Button variant="default" leftSection={<IconLogout size={18} />} onClick={() => void signOut()}>
                {t('settings.signOut')}
              </Button>
            </Group>
            {session.kind === 'key' && (
              <Text size="sm" c="dimmed">
                {t('settings.keyNote')}
              </Text>
            )}
          </Stack>
        </section>
      </Stack>
    </Container>
  );
}
