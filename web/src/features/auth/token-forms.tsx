import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import { EmailField, Form, SecretField, SHORTEST_PASSWORD, type FormProps } from '@/features/auth/forms';

/** What an address brings along behind its #, which no server sees: an invitation, or a token for a new password. */
export type Ticket = { kind: 'invitation' | 'reset'; token: string };

export function ticketInAddress(): Ticket | null {
  const found = new URLSearchParams(window.location.hash.slice(1));
  for (const kind of ['invitation', 'reset'] as const) {
    const token = found.get(kind);
    if (token !== null && token !== '') return { kind, token };
  }
  return null;
}

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
        window.history.replaceState(null, '', window.location.pathname);
        onSignedIn(session);
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
