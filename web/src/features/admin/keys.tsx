import { Badge, Button, Loader, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Scope } from '@/api/account';
import { ADMIN, listAllKeys, revokeAnybodys, type OwnedKey } from '@/api/admin';
import { useApi } from '@/api/port';
import { AskDialog } from '@/components/ask-dialog';
import { ErrorNotice } from '@/components/error-notice';
import styles from '@/features/admin/admin.module.css';
import { MoreButton, ScrollRegion } from '@/features/admin/table-parts';
import { useFormat } from '@/lib/format';

const KEYS = [ADMIN, 'keys'];

/** Everybody's API keys and the installation's own: what they may do, when they were used, and the end of one that leaked. */
export function Keys() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const queries = useQueryClient();
  const [revoking, setRevoking] = useState<OwnedKey | null>(null);
  const found = useInfiniteQuery({
    queryKey: KEYS,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listAllKeys(api, pageParam, signal),
    getNextPageParam: ({ next }) => next,
  });
  if (found.error) return <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Loader aria-label={t('translation:common.loading')} />;
  return (
    <Stack gap="md">
      <ScrollRegion label={t('admin.tabs.keys')}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {(['key', 'owner', 'scopes', 'used', 'state'] as const).map((name) => (
                <Table.Th key={name}>{t(`admin.columns.${name}`)}</Table.Th>
              ))}
              <Table.Th>
                <span className={styles.hidden}>{t('admin.columns.actions')}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.data.pages.flatMap(({ results }) => results).map((key) => (
              <KeyRow key={key.id} of={key} onRevoke={() => setRevoking(key)} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <MoreButton {...found} />
      {revoking && (
        <AskDialog
          title={t('account.revoke')}
          question={t('account.revokeAsk', { name: revoking.name })}
          yes={t('account.revoke')}
          onYes={() => revokeAnybodys(api, revoking.id).then(() => queries.invalidateQueries({ queryKey: KEYS }))}
          onClose={() => setRevoking(null)}
        />
      )}
    </Stack>
  );
}

function KeyRow({ of: key, onRevoke }: { of: OwnedKey; onRevoke: () => void }) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const isOver = key.revoked_at !== null;
  return (
    <Table.Tr>
      <Table.Td>
        {key.name}
        <Text size="xs" c="dimmed" ff="monospace">
          {key.prefix}…
        </Text>
      </Table.Td>
      <Table.Td className={styles.prompt}>{key.owner_name ?? key.user_id ?? t('admin.installation')}</Table.Td>
      <Table.Td>{key.scopes.map((scope) => t(`account.scope.${scope as Scope}`)).join(', ')}</Table.Td>
      <Table.Td className={styles.number}>{key.last_used_at === null ? t('admin.never') : format.date(new Date(key.last_used_at))}</Table.Td>
      <Table.Td>
        <Badge variant="default">{isOver ? t('admin.revoked') : t('admin.active')}</Badge>
      </Table.Td>
      <Table.Td>
        {!isOver && (
          <Button size="compact-xs" variant="default" color="red" aria-label={t('account.revokeNamed', { name: key.name })} onClick={onRevoke}>
            {t('account.revoke')}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
