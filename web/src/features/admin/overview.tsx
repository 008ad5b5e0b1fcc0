import { Button, Group, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ADMIN, LIVE_MS, cancelAnybodys, readQueue, type Figures, type QueueJob } from '@/api/admin';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import styles from '@/features/admin/admin.module.css';
import { PauseQueue, useFigures } from '@/features/admin/pause-queue';
import { ScrollRegion } from '@/features/admin/table-parts';
import { useFormat } from '@/lib/format';

/** The four figures and everybody's queue, live. */
export function Overview() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const figures = useFigures();
  const queue = useQuery({ queryKey: [ADMIN, 'queue'], queryFn: ({ signal }) => readQueue(api, signal), refetchInterval: LIVE_MS });
  const error = figures.error ?? queue.error;
  if (error) return <ErrorNotice error={error} onRetry={() => void Promise.all([figures.refetch(), queue.refetch()])} />;
  if (!figures.data || !queue.data) return <Loader aria-label={t('translation:common.loading')} />;
  return (
    <Stack gap="lg">
      <Tiles figures={figures.data} />
      <Queue jobs={queue.data.results} />
    </Stack>
  );
}

function Tiles({ figures }: { figures: Figures }) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const { images, mean_seconds: mean, slots, waiting, accelerator } = figures;
  const use = accelerator.utilisation;
  const tiles = [
    { name: t('admin.images'), value: format.number(images), note: t('admin.lastDay') },
    { name: t('admin.meanTime'), value: mean === null ? '–' : format.seconds(mean), note: t('admin.lastDay') },
    { name: t('admin.slots'), value: `${format.number(slots.used)} / ${format.number(slots.total)}`, note: t('admin.waiting', { count: waiting }) },
    { name: accelerator.kind === 'gpu' ? t('admin.gpu') : t('admin.processor'), value: use === null ? '–' : format.percent(use), note: t('admin.now') },
  ];
  return (
    <dl className={styles.tiles} style={{ margin: 0 }}>
      {tiles.map(({ name, value, note }) => (
        <div key={name} className={styles.tile}>
          <dt>{name}</dt>
          <dd>
            {value}
            <small>{note}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Queue({ jobs }: { jobs: readonly QueueJob[] }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const queries = useQueryClient();
  const [failure, setFailure] = useState<unknown>(null);
  const act = (action: Promise<unknown>) => {
    setFailure(null);
    action.then(() => queries.invalidateQueries({ queryKey: [ADMIN] })).catch(setFailure);
  };
  return (
    <section aria-label={t('admin.queue')}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t('admin.queue')}</Title>
        <PauseQueue />
      </Group>
      {failure !== null && <ErrorNotice error={failure} />}
      {jobs.length === 0 ? (
        <Text c="dimmed">{t('admin.queueEmpty')}</Text>
      ) : (
        <ScrollRegion label={t('admin.queue')}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {(['who', 'prompt', 'model', 'status', 'progress'] as const).map((name) => (
                  <Table.Th key={name}>{t(`admin.columns.${name}`)}</Table.Th>
                ))}
                <Table.Th>
                  <span className={styles.hidden}>{t('admin.columns.actions')}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {jobs.map((job) => (
                <QueueRow key={job.id} job={job} onCancel={() => act(cancelAnybodys(api, job.id))} />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollRegion>
      )}
    </section>
  );
}

function QueueRow({ job, onCancel }: { job: QueueJob; onCancel: () => void }) {
  const { t } = useTranslation(['places', 'translation']);
  const format = useFormat();
  const isWaiting = job.status === 'queued';
  return (
    <Table.Tr>
      <Table.Td>{job.owner_name ?? job.owner}</Table.Td>
      <Table.Td className={styles.prompt} title={job.prompt} lang="">
        {job.prompt}
      </Table.Td>
      <Table.Td>{job.model}</Table.Td>
      <Table.Td className={styles.number}>{isWaiting ? t('admin.place', { number: (job.queue_position ?? 0) + 1 }) : t('admin.running')}</Table.Td>
      <Table.Td className={styles.number}>{isWaiting ? '–' : format.percent(job.progress)}</Table.Td>
      <Table.Td>
        <Button size="compact-xs" variant="default" aria-label={t('admin.cancelJob', { prompt: job.prompt })} onClick={onCancel}>
          {t('translation:run.cancel')}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
