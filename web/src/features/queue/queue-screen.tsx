import { Button, Container, Group, Loader, Progress, Stack, Text, Title } from '@mantine/core';
import { IconPlayerStop, IconRefresh, IconStack2, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { withPlaces } from '@/lib/i18n/places';
import { asApiError } from '@/api/errors';
import { useApi } from '@/api/port';
import { JOBS } from '@/api/query';
import { ACTIVE_STATUSES } from '@/api/types';
import { EmptyState } from '@/components/empty-state';
import { ErrorNotice, errorText } from '@/components/error-notice';
import { PauseQueue } from '@/features/admin/pause-queue';
import { useSession } from '@/features/auth/session';
import { useCreate } from '@/features/create/create-context';
import { isRunning, progressOf, runOf, type Run } from '@/features/create/model/runs';
import { statusText } from '@/features/create/status-text';
import styles from '@/features/queue/queue.module.css';
import { useFormat } from '@/lib/format';

const RemoveDialog = lazy(async () => ({ default: (await import('@/features/create/remove-dialog')).RemoveDialog }));

const POLL_MS = 2000;
const MOST = 100;
const MOST_ENDED = 20;

/** The caller's jobs that are not done: what waits and runs, and what went wrong. */
export const QueueScreen = withPlaces(function QueueScreen() {
  const { t } = useTranslation(['translation', 'places']);
  const api = useApi();
  const { session } = useSession();
  const { runs: live } = useCreate();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...JOBS, 'queue'],
    queryFn: async ({ signal }) => {
      const [active, ended] = await Promise.all([
        api.jobs({ statuses: ACTIVE_STATUSES, limit: MOST }, signal),
        api.jobs({ statuses: ['failed', 'canceled'], limit: MOST_ENDED }, signal),
      ]);
      return [...active.jobs, ...ended.jobs].map(runOf);
    },
    refetchInterval: POLL_MS,
  });
  // What this page follows knows its progress to the step; what another one started is as new as the last look.
  const runs = (data ?? []).map((run) => {
    const followed = live.find(({ id }) => id === run.id);
    return followed ? { ...followed, position: run.position ?? followed.position, etaSeconds: run.etaSeconds } : run;
  });
  const active = runs.filter(isRunning);
  const ended = runs.filter((run) => !isRunning(run) && run.status !== 'succeeded');
  return (
    <Container size="md" py="lg">
      <Group justify="space-between" mb="lg">
        <Title order={1}>{t('places:queue.title')}</Title>
        {session.role === 'admin' && <PauseQueue />}
      </Group>
      {isPending && <Loader aria-label={t('common.loading')} />}
      {error && data === undefined && <ErrorNotice error={error} title={t('places:queue.failed')} onRetry={() => void refetch()} />}
      {data && (
        <Stack gap="xl">
          {active.length === 0 ? (
            <EmptyState Icon={IconStack2} title={t('places:queue.empty')} text={t('places:queue.emptyHelp')} />
          ) : (
            <RunList title={t('places:queue.active')} runs={active} />
          )}
          {ended.length > 0 && <RunList title={t('places:queue.ended')} runs={ended} />}
        </Stack>
      )}
    </Container>
  );
});

function RunList({ title, runs }: { title: string; runs: readonly Run[] }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="sm" mb="sm">
        {title}
      </Title>
      <ul className={styles.list}>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} />
        ))}
      </ul>
    </section>
  );
}

function RunRow({ run }: { run: Run }) {
  const { t } = useTranslation(['translation', 'places']);
  const format = useFormat();
  const { cancel, remove, again } = useCreate();
  const [isRemoving, setIsRemoving] = useState(false);
  const isLive = isRunning(run);
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <Text truncate fw={600}>
          {run.spec.prompt}
        </Text>
        <Text size="sm" c="dimmed">
          {[
            statusText(run, t, format),
            t('create.pictures', { count: run.spec.count }),
            t('places:queue.since', { time: format.time(new Date(run.createdAt)) }),
          ].join(' · ')}
        </Text>
        {run.error && (
          <Text size="sm" c="var(--mantine-color-error)">
            {errorText(asApiError(run.error), t)}
          </Text>
        )}
        {isLive && <Progress value={progressOf(run) * 100} size="sm" mt={6} aria-label={t('run.states.processing', { prompt: run.spec.prompt })} />}
      </div>
      <Group gap="xs" wrap="nowrap">
        {isLive ? (
          <Button variant="default" size="compact-md" leftSection={<IconPlayerStop size={16} />} onClick={() => cancel(run.id)}>
            {t('run.cancel')}
          </Button>
        ) : (
          <>
            <Button variant="default" size="compact-md" leftSection={<IconRefresh size={16} />} onClick={() => again(run)}>
              {t('places:queue.retry')}
            </Button>
            <Button
              variant="default"
              size="compact-md"
              px="xs"
              aria-label={t('run.remove')}
              title={t('run.remove')}
              onClick={() => setIsRemoving(true)}
            >
              <IconTrash size={16} />
            </Button>
          </>
        )}
      </Group>
      {isRemoving && (
        <Suspense>
          <RemoveDialog count={run.images.filter(({ picture }) => picture).length} onRemove={() => remove(run.id)} onClose={() => setIsRemoving(false)} />
        </Suspense>
      )}
    </li>
  );
}
