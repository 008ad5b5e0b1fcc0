import { Alert, Button, Center, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import type { Session, SignInMethods } from '@/api/types';
import { ErrorNotice } from '@/components/error-notice';
import { LanguageSelect } from '@/components/language-select';
import { Logo } from '@/components/logo';
import { ThemeSelect } from '@/components/theme-select';
import { KeyForm, PersonForm, SetUpForm, type FormProps } from '@/features/auth/forms';
import { Providers } from '@/features/auth/providers';
import { RegisterForm } from '@/features/auth/register-form';
import styles from '@/features/auth/sign-in.module.css';
import { withPlaces } from '@/lib/i18n/places';
import { forgetHash, refusalIn, ticketIn, useHash } from '@/features/auth/ticket';
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
  const [way, setWay] = useState<Way>('password');
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
  if (ticket !== null && way === 'password') {
    return (
      <Frame>
        <TicketForm key={hash} ticket={ticket} onSignedIn={onSignedIn} />
        {present !== null && (
          // An address may be longer than the card is wide, and which account it is must be read.
          <Button variant="subtle" color="gray" c="inherit" h="auto" py="xs" styles={WRAPPED} onClick={forgetHash}>
            {t('signIn.stay', { who: present.label })}
          </Button>
        )}
      </Frame>
    );
  }
  return <Ways {...{ methods, way, setWay, hash, onSignedIn }} />;
});

const WRAPPED = { label: { whiteSpace: 'normal', overflowWrap: 'anywhere' } } as const;

/** How somebody wants in; `password` stands for the set-up form too, while there is no account. */
type Way = 'password' | 'key' | 'register' | 'registered';

interface WaysProps {
  methods: SignInMethods;
  way: Way;
  setWay: (way: Way) => void;
  hash: string;
  onSignedIn: (session: Session) => void;
}

function Ways({ methods, way, setWay, hash, onSignedIn }: WaysProps) {
  const { t } = useTranslation('places');
  const { needs_setup: needsSetUp, registration } = methods;
  const usePassword = needsSetUp ? t('signIn.useSetUp') : t('signIn.usePassword');
  const mayRegister = !needsSetUp && (registration === 'open' || registration === 'approval');
  const forms: Record<Way, ReactNode> = {
    password: needsSetUp ? <SetUpForm key={hash} onSignedIn={onSignedIn} /> : <PersonWays key={hash} onSignedIn={onSignedIn} />,
    key: <KeyForm onSignedIn={onSignedIn} />,
    register: <RegisterForm needsApproval={registration === 'approval'} onRegistered={() => setWay('registered')} onSignedIn={onSignedIn} />,
    registered: <Text role="status">{t('signIn.registered')}</Text>,
  };
  return (
    <Frame>
      <Refusal hash={hash} />
      {forms[way]}
      <Button variant="subtle" color="gray" c="inherit" onClick={() => setWay(way === 'password' ? 'key' : 'password')}>
        {way === 'password' ? t('signIn.useKey') : usePassword}
      </Button>
      {way === 'password' && mayRegister && (
        <Button variant="subtle" color="gray" c="inherit" onClick={() => setWay('register')}>
          {t('signIn.register')}
        </Button>
      )}
    </Frame>
  );
}

const PersonWays = (props: FormProps) => (
  <>
    <Providers />
    <PersonForm {...props} />
  </>
);

/** Who came back may not be let in; anything else may be tried again. */
const OF_THE_ACCOUNT = ['permission_denied', 'invalid_value'];

/** Why somebody came back from a provider without a session. */
function Refusal({ hash }: { hash: string }) {
  const { t } = useTranslation(['places', 'translation']);
  const refusal = refusalIn(hash);
  if (refusal === '') return null;
  return (
    <Alert color="red" role="alert" withCloseButton closeButtonLabel={t('translation:common.close')} onClose={forgetHash}>
      {OF_THE_ACCOUNT.includes(refusal) ? t('signIn.providerAccount') : t('signIn.providerFailed')}
    </Alert>
  );
}

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
