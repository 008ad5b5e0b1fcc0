import { Badge, Button, Group, Loader, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endSession, listSessions, signOutEverywhere } from '@/api/account';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { useSession } from '@/features/auth/session';
import { Card } from '@/features/settings/card';
import styles from '@/features/settings/settings.module.css';
import { useFormat } from '@/lib/format';

const SESSIONS = ['sessions'];

export function SessionsCard() {
  const { t } = useTranslation(['places', 'translation']);
  const format = useFormat();
  const api = useApi();
  const queries = useQueryClient();
  const { signOut } = useSession();
  const [failure, setFailure] = useState<unknown>(null);
  const { data, error, refetch } = useQuery({ queryKey: SESSIONS, queryFn: ({ signal }) => listSessions(api, signal) });
  const act = (action: () => Promise<unknown>) => {
    setFailure(null);
    action()
      .then(() => queries.invalidateQueries({ queryKey: SESSIONS }))
      .catch(setFailure);
  };
  return (
    <Card title={t('account.sessions')}>
      {failure !== null && <ErrorNotice error={failure} />}
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loader aria-label={t('translation:common.loading')} />}
      <ul className={styles.list}>
        {data?.map((session) => {
          const name = deviceOf(session.agent) ?? t('account.unknownDevice');
          return (
            <li key={session.id} className={styles.row}>
              <div>
                <Text component="div" fw={600} size="sm">
                  {name} {session.is_current && <Badge variant="light">{t('account.thisOne')}</Badge>}
                </Text>
                <Text size="sm" c="dimmed">
                  {t('account.lastUsed', { time: format.date(new Date(session.refreshed_at)) })}
                </Text>
              </div>
              {!session.is_current && (
                <Button size="compact-sm" variant="default" aria-label={t('account.endNamed', { name })} onClick={() => act(() => endSession(api, session.id))}>
                  {t('account.end')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <Group>
        <Button variant="default" onClick={() => act(() => signOutEverywhere(api).then(signOut))}>
          {t('account.everywhere')}
        </Button>
      </Group>
    </Card>
  );
}

const BROWSERS = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'];
const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Macintosh', 'Linux'];
const NAMES: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', Macintosh: 'macOS' };

/** "Firefox, Windows" from what a browser says of itself; the bare words of other programs. */
export function deviceOf(agent: string): string | null {
  const found = [BROWSERS, SYSTEMS].flatMap((names) => names.find((name) => agent.includes(name)) ?? []);
  if (found.length > 0) return found.map((name) => NAMES[name] ?? name).join(', ');
  return agent === '' ? null : agent.slice(0, 40);
}
