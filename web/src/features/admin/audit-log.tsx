import { Button, Group, Loader, Stack, Table } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ADMIN, auditFile, readAudit, usersOf, type Act } from '@/api/admin';
import { useApi } from '@/api/port';
import type { Api } from '@/api/types';
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
    queryFn: async ({ pageParam, signal }) => {
      const acts = await readAudit(api, pageParam, signal);
      return { ...acts, names: await namesIn(api, acts.results, signal) };
    },
    getNextPageParam: ({ next }) => next,
    staleTime: 0,
  });
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
            {data.pages.flatMap(({ results, names }) =>
              results.map((act) => (
                <Table.Tr key={act.id}>
                  <Table.Td className={styles.number}>{format.date(new Date(act.at))}</Table.Td>
                  <Table.Td className={styles.prompt}>{names.get(act.actor) ?? act.actor}</Table.Td>
                  <Table.Td>{act.action}</Table.Td>
                  <Table.Td className={styles.prompt}>{names.get(act.target) ?? act.target}</Table.Td>
                  <Table.Td>{act.outcome}</Table.Td>
                </Table.Tr>
              )),
            )}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <MoreButton hasNextPage={hasNextPage} isFetchingNextPage={isFetchingNextPage} fetchNextPage={fetchNextPage} />
    </Stack>
  );
}

const SOMEBODY = /^usr_/;

/** The log names people by their ids, for accounts are renamed and erased; whose account is still there is shown by its address. */
async function namesIn(api: Api, acts: readonly Act[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(acts.flatMap(({ actor, target }) => [actor, target]))].filter((id) => SOMEBODY.test(id));
  if (ids.length === 0) return new Map();
  const { results } = await usersOf(api, ids, signal);
  return new Map(results.map(({ id, email }) => [id, email]));
}
