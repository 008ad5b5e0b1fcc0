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
import { withPlaces } from '@/lib/i18n/places';
import { forgetHash, ticketIn, useHash } from '@/features/auth/ticket';
import { TicketForm } from '@/features/auth/token-forms';

interface SignInProps {
  onSignedIn: (session: Session) => void;
  /** Who is signed in, and may stay so instead. */
  present: Session | null;
}

export const SignIn = withPlaces(function SignIn({ onSignedIn, present }: SignInProps) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const { data: methods, error, refetch } = useQuery({
    queryKey: ['methods'],
    queryFn: ({ signal }) => api.methods(signal),
  });
  const [usesKey, setUsesKey] = useState(false);
  const hash = useHash();
  const ticket = ticketIn(hash);
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
          <Loader aria-label={t('translation:common.loading')} />
        </Center>
      </Frame>
    );
  }
  if (ticket !== null && !usesKey) {
    return (
      <Frame>
        <TicketForm key={hash} ticket={ticket} onSignedIn={onSignedIn} />
        {present !== null && (
          <Button variant="subtle" color="gray" c="inherit" onClick={forgetHash}>
            {t('signIn.stay', { who: present.label })}
          </Button>
        )}
      </Frame>
    );
  }
  const PersonOrSetUp = methods.needs_setup ? SetUpForm : PersonForm;
  const other = methods.needs_setup ? t('signIn.useSetUp') : t('signIn.usePassword');
  return (
    <Frame>
      {usesKey ? <KeyForm onSignedIn={onSignedIn} /> : <PersonOrSetUp key={hash} onSignedIn={onSignedIn} />}
      <Button variant="subtle" color="gray" c="inherit" onClick={() => setUsesKey(!usesKey)}>
        {usesKey ? other : t('signIn.useKey')}
      </Button>
    </Frame>
  );
});

function Frame({ children }: { children: ReactNode }) {
  const { t } = useTranslation(['places', 'translation']);
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
              <Title order={1}>{t('translation:app.name')}</Title>
              <Text c="dimmed">{t('translation:app.tagline')}</Text>
            </div>
          </Group>
          {children}
        </Stack>
      </main>
    </div>
  );
}
