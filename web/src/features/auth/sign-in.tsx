import { Button, Center, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import type { Session } from '@/api/types';
import { ErrorNotice } from '@/components/error-notice';
import { LanguageSelect } from '@/components/language-select';
import { Logo } from '@/components/logo';
import { ThemeSelect } from '@/components/theme-select';
import { KeyForm, PersonForm, SetUpForm } from '@/features/auth/forms';
import styles from '@/features/auth/sign-in.module.css';

interface SignInProps {
  onSignedIn: (session: Session) => void;
}

export function SignIn({ onSignedIn }: SignInProps) {
  const { t } = useTranslation();
  const api = useApi();
  const { data: methods, error, refetch } = useQuery({
    queryKey: ['methods'],
    queryFn: ({ signal }) => api.methods(signal),
  });
  const [usesKey, setUsesKey] = useState(false);
  if (error) {
    return (
      <Frame>
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      </Frame>
    );
  }
  if (methods === undefined) {
    return (
      <Frame>
        <Center>
          <Loader aria-label={t('common.loading')} />
        </Center>
      </Frame>
    );
  }
  const PersonOrSetUp = methods.needs_setup ? SetUpForm : PersonForm;
  const other = methods.needs_setup ? t('signIn.useSetUp') : t('signIn.usePassword');
  return (
    <Frame>
      {usesKey ? <KeyForm onSignedIn={onSignedIn} /> : <PersonOrSetUp onSignedIn={onSignedIn} />}
      <Button variant="subtle" color="gray" c="inherit" onClick={() => setUsesKey(!usesKey)}>
        {usesKey ? other : t('signIn.useKey')}
      </Button>
    </Frame>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
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
          {children}
        </Stack>
      </main>
    </div>
  );
}
