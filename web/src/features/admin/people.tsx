import { Badge, Button, Group, Loader, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ADMIN, invite, listUsers, type Role, type User } from '@/api/admin';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import styles from '@/features/admin/admin.module.css';
import { OneTimeLink } from '@/features/admin/one-time-link';
import { PersonDialog } from '@/features/admin/person-dialog';
import { MoreButton, ScrollRegion } from '@/features/admin/table-parts';
import { Card } from '@/features/settings/card';
import { useFormat } from '@/lib/format';

export const USERS = [ADMIN, 'users'];
export const ROLES = ['viewer', 'user', 'admin'] as const satisfies readonly Role[];

export function People() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const queries = useQueryClient();
  const [open, setOpen] = useState<User | null>(null);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: USERS,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listUsers(api, pageParam, signal),
    getNextPageParam: ({ next }) => next,
  });
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loader aria-label={t('translation:common.loading')} />;
  return (
    <Stack gap="lg">
      <ScrollRegion label={t('admin.tabs.people')}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {(['email', 'role', 'state', 'signedIn'] as const).map((name) => (
                <Table.Th key={name}>{t(`admin.columns.${name}`)}</Table.Th>
              ))}
              <Table.Th>
                <span className={styles.hidden}>{t('admin.columns.actions')}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.pages
              .flatMap(({ results }) => results)
              .map((user) => (
                <PersonRow key={user.id} user={user} onOpen={() => setOpen(user)} />
              ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <MoreButton hasNextPage={hasNextPage} isFetchingNextPage={isFetchingNextPage} fetchNextPage={fetchNextPage} />
      <InvitationCard />
      {open && (
        <PersonDialog
          user={open}
          onClose={() => setOpen(null)}
          onChanged={() => {
            setOpen(null);
            void queries.invalidateQueries({ queryKey: USERS });
          }}
        />
      )}
    </Stack>
  );
}

function PersonRow({ user, onOpen }: { user: User; onOpen: () => void }) {
  const { t } = useTranslation('places');
  const format = useFormat();
  return (
    <Table.Tr>
      <Table.Td>
        {user.email}
        {user.name !== '' && (
          <Text size="xs" c="dimmed">
            {user.name}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{t(`admin.roles.${user.role}`)}</Table.Td>
      <Table.Td>
        <Badge variant="default">
          {user.status === 'active' ? t('admin.active') : t('admin.disabled')}
        </Badge>
      </Table.Td>
      <Table.Td className={styles.number}>{user.signed_in_at === null ? t('admin.never') : format.date(new Date(user.signed_in_at))}</Table.Td>
      <Table.Td>
        <Button size="compact-xs" variant="default" aria-label={t('admin.changeNamed', { name: user.email })} onClick={onOpen}>
          {t('admin.change')}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function InvitationCard() {
  const { t } = useTranslation('places');
  const api = useApi();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('user');
  const [token, setToken] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    invite(api, { email: email.trim() === '' ? null : email.trim(), role })
      .then((made) => setToken(made.token))
      .catch(setFailure);
  };
  return (
    <Card title={t('admin.invite')}>
      <Text size="sm" c="dimmed">
        {t('admin.inviteHelp')}
      </Text>
      <form onSubmit={onSubmit} noValidate>
        <Group align="end" gap="sm">
          <TextInput type="email" label={t('admin.inviteEmail')} value={email} onChange={({ currentTarget }) => setEmail(currentTarget.value)} flex="1 1 14rem" />
          <NativeSelect
            label={t('admin.columns.role')}
            value={role}
            onChange={({ currentTarget: { value } }) => setRole(value as Role)}
            data={ROLES.map((value) => ({ value, label: t(`admin.roles.${value}`) }))}
          />
          <Button type="submit">{t('admin.makeInvitation')}</Button>
        </Group>
      </form>
      {failure !== null && <ErrorNotice error={failure} />}
      {token !== null && <OneTimeLink kind="invitation" token={token} />}
    </Card>
  );
}
