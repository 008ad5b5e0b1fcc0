import { Button, Container, Group, NativeSelect, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { withPlaces } from '@/lib/i18n/places';
import { useLanguage } from '@/components/language-select';
import { THEME_ICONS } from '@/components/theme-select';
import { useSession } from '@/features/auth/session';
import { KeysCard } from '@/features/settings/keys-card';
import { NoticeSwitch } from '@/features/settings/notice-switch';
import { PersonalCard } from '@/features/settings/personal-card';
import { PasswordCard, Profile } from '@/features/settings/profile';
import { QuotaCard } from '@/features/settings/quota-card';
import { SessionsCard } from '@/features/settings/sessions-card';
import styles from '@/features/settings/settings.module.css';
import { isLanguage, LANGUAGES } from '@/lib/i18n/languages';
import { THEME_CHOICES, useTheme, type ThemeChoice } from '@/lib/theme';

export const SettingsScreen = withPlaces(function SettingsScreen() {
  const { t } = useTranslation(['translation', 'places']);
  const { session, signOut } = useSession();
  const [language, chooseLanguage] = useLanguage();
  const { choice, setChoice } = useTheme();
  const themeId = useId();
  return (
    <Container size="sm" py="lg">
      <Title order={1} mb="lg">
        {t('places:settings.title')}
      </Title>
      <Stack gap="lg">
        <section className={styles.card}>
          <Stack gap="md">
            <Title order={2}>{t('places:settings.look')}</Title>
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
            <NoticeSwitch />
          </Stack>
        </section>
        <section className={styles.card}>
          <Stack gap="md">
            <Title order={2}>{t('places:settings.account')}</Title>
            <Group justify="space-between">
              <div>
                <Text size="sm" c="dimmed">
                  {session.kind === 'key' ? t('places:settings.signedInWithKey') : t('places:settings.signedInAs')}
                </Text>
                <Text ff={session.kind === 'key' ? 'monospace' : 'text'}>{session.label}</Text>
              </div>
              <Button variant="default" leftSection={<IconLogout size={18} />} onClick={() => void signOut()}>
                {t('places:settings.signOut')}
              </Button>
            </Group>
            {session.kind === 'person' && <Profile />}
            {session.kind === 'key' && (
              <Text size="sm" c="dimmed">
                {t('places:settings.keyNote')}
              </Text>
            )}
          </Stack>
        </section>
        <QuotaCard />
        {session.kind === 'person' && <KeysCard />}
        {session.kind === 'person' && (
          <>
            <SessionsCard />
            <PasswordCard />
            <PersonalCard />
          </>
        )}
      </Stack>
    </Container>
  );
});
