import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import { EmailField, Form, SecretField, SHORTEST_PASSWORD, type FormProps } from '@/features/auth/forms';

interface RegisterFormProps extends FormProps {
  /** An administrator opens the account later. */
  needsApproval: boolean;
  onRegistered: () => void;
}

/** Makes an account where everybody may have one. */
export function RegisterForm({ needsApproval, onRegistered, onSignedIn }: RegisterFormProps) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const short = password.length < SHORTEST_PASSWORD ? t('signIn.short', { count: SHORTEST_PASSWORD }) : null;
  const send = async () => {
    const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
    await api.ask('/v1/auth/register', { method: 'POST', body: { email, password, timezone } });
    return needsApproval ? null : api.signIn({ kind: 'person', email, password });
  };
  return (
    <Form
      send={send}
      onDone={(session) => (session === null ? onRegistered() : onSignedIn(session))}
      missing={email.trim() === '' || password === '' ? t('signIn.missing') : short}
      refused={t('translation:errors.permission_denied')}
      submit={t('signIn.register')}
    >
      {needsApproval && (
        <Text size="sm" c="dimmed">
          {t('signIn.approval')}
        </Text>
      )}
      <EmailField value={email} onChange={setEmail} />
      <SecretField label={t('signIn.newPassword')} value={password} onChange={setPassword} autoComplete="new-password" />
    </Form>
  );
}
