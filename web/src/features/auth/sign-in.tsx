import { Button, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import type { Session } from '@/api/types';
import { ErrorNotice, errorText } from '@/components/error-notice';
import { LanguageSelect } from '@/components/language-select';
import { Logo } from '@/components/logo';
import { ThemeSelect } from '@/components/theme-select';
import styles from '@/features/auth/sign-in.module.css';
import { asApiError } from '@/api/errors';

export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const { t } = useTranslation();
  const api = useApi();
  const [key, setKey] = useState('');
  const [isEmpty, setIsEmpty] = useState(false);
  const signIn = useMutation({ mutationFn: () => api.signIn({ key }), onSuccess: onSignedIn });

  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setIsEmpty(key.trim() === '');
    if (key.trim() !== '') signIn.mutate();
  };
  const isRefused = signIn.error !== null && asApiError(signIn.error).status === 401;
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <LanguageSelect />
        <ThemeSelect />
      </header>
      <main className={styles.card}>
        <Stack gap="lg">
          <Group gap="sm" wrap="nowrap">
            <Logo size={44} />
            <div>
              <Title order={1}>{t('app.name')}</Title>
              <Text c="dimmed">{t('app.tagline')}</Text>
            </div>
          </Group>
          <form onSubmit={onSubmit} noValidate>
            <Stack gap="sm">
              <PasswordInput
                label={t('signIn.key')}
                description={t('signIn.keyHelp')}
                placeholder="av_…"
                leftSection={<IconKey size={18} aria-hidden />}
                value={key}
                onChange={(event) => setKey(event.currentTarget.value)}
                error={isEmpty ? t('signIn.empty') : isRefused && errorText(signIn.error, t)}
                visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
                autoComplete="current-password"
                autoCapitalize="none"
                spellCheck={false}
                size="md"
                autoFocus
              />
              {signIn.error !== null && !isRefused && <ErrorNotice error={signIn.error} />}
              <Button type="submit" size="md" loading={signIn.isPending} fullWidth>
                {t('signIn.submit')}
              </Button>
            </Stack>
          </form>
          <Text size="sm" c="dimmed">
            {t('signIn.where', { command: 'avila keys create' })}
          </Text>
        </Stack>
      </main>
    </div>
  );
}
