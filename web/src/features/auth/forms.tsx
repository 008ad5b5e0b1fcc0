import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '@/api/errors';
import { useApi } from '@/api/port';
import type { Session } from '@/api/types';
import { ErrorNotice } from '@/components/error-notice';
import { forgetHash, setUpTokenIn } from '@/features/auth/ticket';

export interface FormProps {
  onSignedIn: (session: Session) => void;
}

/** The service asks for as many; it says so itself, should that change. */
export const SHORTEST_PASSWORD = 10;

/** Of one's account. */
export function PersonForm({ onSignedIn }: FormProps) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  return (
    <Form
      send={() => api.signIn({ kind: 'person', email, password })}
      onDone={onSignedIn}
      missing={email.trim() === '' || password === '' ? t('signIn.missing') : null}
      refused={t('signIn.refused')}
      submit={t('signIn.submit')}
    >
      <EmailField value={email} onChange={setEmail} />
      <SecretField label={t('signIn.password')} value={password} onChange={setPassword} autoComplete="current-password" />
    </Form>
  );
}

/** Of the first administrator. The token may come in the address, behind a # that no server sees. */
export function SetUpForm({ onSignedIn }: FormProps) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const [token, setToken] = useState(() => setUpTokenIn(window.location.hash));
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const isMissing = token.trim() === '' || email.trim() === '' || password === '';
  const isShort = password.length < SHORTEST_PASSWORD;
  const short = isShort ? t('signIn.short', { count: SHORTEST_PASSWORD }) : null;
  return (
    <Form
      send={() => api.setUp({ token, email, password })}
      onDone={(session) => {
        onSignedIn(session);
        forgetHash();
      }}
      missing={isMissing ? t('signIn.missing') : short}
      refused={t('signIn.tokenRefused')}
      submit={t('signIn.setUp')}
    >
      <Text size="sm" c="dimmed">
        {t('signIn.setUpHelp')}
      </Text>
      <SecretField label={t('signIn.token')} value={token} onChange={setToken} autoComplete="off" />
      <EmailField value={email} onChange={setEmail} />
      <SecretField label={t('signIn.newPassword')} value={password} onChange={setPassword} autoComplete="new-password" />
    </Form>
  );
}

export function KeyForm({ onSignedIn }: FormProps) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const [key, setKey] = useState('');
  return (
    <Form
      send={() => api.signIn({ kind: 'key', key })}
      onDone={onSignedIn}
      missing={key.trim() === '' ? t('signIn.empty') : null}
      refused={t('translation:errors.invalid_api_key')}
      submit={t('signIn.submit')}
    >
      <SecretField label={t('signIn.key')} description={t('signIn.keyHelp')} value={key} onChange={setKey} autoComplete="off" />
      <Text size="sm" c="dimmed">
        {t('signIn.where', { command: 'avila keys create' })}
      </Text>
    </Form>
  );
}

interface SharedFormProps<Answer> {
  send: () => Promise<Answer>;
  onDone: (answer: Answer) => void;
  /** Why it cannot be sent yet, or null. */
  missing: string | null;
  /** What a 401 or 403 means here. */
  refused: string;
  submit: string;
  children: ReactNode;
}

export function Form<Answer = Session>({ send, onDone, missing, refused, submit, children }: SharedFormProps<Answer>) {
  const [isShown, setIsShown] = useState(false);
  const sending = useMutation({ mutationFn: send, onSuccess: onDone });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setIsShown(missing !== null);
    if (missing === null) sending.mutate();
  };
  const isRefused = sending.error !== null && [401, 403].includes(asApiError(sending.error).status);
  const problem = isShown && missing !== null ? missing : isRefused ? refused : null;
  return (
    <form onSubmit={onSubmit} noValidate>
      <Stack gap="sm">
        {children}
        {problem !== null && (
          <Text role="alert" size="sm" c="var(--mantine-color-error)">
            {problem}
          </Text>
        )}
        {problem === null && sending.error !== null && <ErrorNotice error={sending.error} />}
        <Button type="submit" size="md" loading={sending.isPending} fullWidth>
          {submit}
        </Button>
      </Stack>
    </form>
  );
}

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
}

export function EmailField({ value, onChange }: FieldProps) {
  const { t } = useTranslation(['places', 'translation']);
  return (
    <TextInput
      type="email"
      label={t('signIn.email')}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      size="md"
    />
  );
}

export function SecretField({ value, onChange, ...rest }: FieldProps & { label: string; description?: string; autoComplete: string }) {
  const { t } = useTranslation(['places', 'translation']);
  return (
    <PasswordInput
      {...rest}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
      autoCapitalize="none"
      spellCheck={false}
      size="md"
    />
  );
}
