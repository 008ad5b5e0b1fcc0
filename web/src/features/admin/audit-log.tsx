import { Button, Group, Loader, Stack, Table } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ADMIN, auditFile, listUsers, readAudit } from '@/api/admin';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import styles from '@/features/admin/admin.module.css';
import { MoreButton, ScrollRegion } from '@/features/admin/table-parts';
import { saveBlob } from '@/lib/download';
import { useFormat } from '@/lib/format';

/** Who did what, the newest first. Acts and their outcomes go by the names they have in the exported file. */
export function AuditLog() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const format = useFormat();
  const [failure, setFailure] = useState<unknown>(null);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: [ADMIN, 'audit'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => readAudit(api, pageParam, signal),
    getNextPageParam: ({ next }) => next,
    staleTime: 0,
  });
  const nameOf = useNames();
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loader aria-label={t('translation:common.loading')} />;
  const save = () => {
    setFailure(null);
    auditFile(api)
      .then((file) => saveBlob(file, 'audit.jsonl'))
      .catch(setFailure);
  };
  return (
    <Stack gap="md">
      <Group justify="end">
        <Button size="xs" variant="default" leftSection={<IconDownload size={16} />} onClick={save}>
          {t('admin.exportAudit')}
        </Button>
      </Group>
      {failure !== null && <ErrorNotice error={failure} />}
      <ScrollRegion label={t('admin.tabs.audit')}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {(['when', 'actor', 'action', 'target', 'outcome'] as const).map((name) => (
                <Table.Th key={name}>{t(`admin.columns.${name}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody lang="en">
            {data.pages
              .flatMap(({ results }) => results)
              .map((act) => (
                <Table.Tr key={act.id}>
                  <Table.Td className={styles.number}>{format.date(new Date(act.at))}</Table.Td>
                  <Table.Td className={styles.prompt}>{nameOf(act.actor)}</Table.Td>
                  <Table.Td>{act.action}</Table.Td>
                  <Table.Td className={styles.prompt}>{nameOf(act.target)}</Table.Td>
                  <Table.Td>{act.outcome}</Table.Td>
                </Table.Tr>
              ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <MoreButton hasNextPage={hasNextPage} isFetchingNextPage={isFetchingNextPage} fetchNextPage={fetchNextPage} />
    </Stack>
  );
}

/** The log names people by their ids, for accounts are renamed and erased; whose account is still there is shown by its address. */
function useNames(): (id: string | null) => string | null {
  const api = useApi();
  const { data } = useQuery({ queryKey: [ADMIN, 'names'], queryFn: ({ signal }) => listUsers(api, null, signal) });
  const names = new Map(data?.results.map(({ id, email }) => [id, email]));
  return (id) => (id === null ? null : (names.get(id) ?? id));
}
