import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import { EmailField, Form, SecretField, SHORTEST_PASSWORD, type FormProps } from '@/features/auth/forms';
import { forgetHash, type Ticket } from '@/features/auth/ticket';

/** Opens the account of an invitation, or gives an account another password; then signs in. */
export function TicketForm({ ticket, onSignedIn }: FormProps & { ticket: Ticket }) {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const short = password.length < SHORTEST_PASSWORD ? t('signIn.short', { count: SHORTEST_PASSWORD }) : null;
  const send = async () => {
    if (ticket.kind === 'reset') {
      await api.ask('/v1/auth/reset-password', { method: 'POST', body: { token: ticket.token, new_password: password } });
    } else {
      const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
      await api.ask('/v1/auth/register', { method: 'POST', body: { email, password, timezone, invitation: ticket.token } });
    }
    return api.signIn({ kind: 'person', email, password });
  };
  return (
    <Form
      send={send}
      onDone={(session) => {
        onSignedIn(session);
        forgetHash();
      }}
      missing={email.trim() === '' || password === '' ? t('signIn.missing') : short}
      refused={t('signIn.linkRefused')}
      submit={t('signIn.submit')}
    >
      <Text size="sm" c="dimmed">
        {t(`signIn.tickets.${ticket.kind}`)}
      </Text>
      <EmailField value={email} onChange={setEmail} />
      <SecretField label={t('signIn.newPassword')} value={password} onChange={setPassword} autoComplete="new-password" />
    </Form>
  );
}
