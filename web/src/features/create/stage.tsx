import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconBan, IconPhotoSpark, IconPlayerStop, IconTrash } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { ErrorNotice } from '@/components/error-notice';
import { useAnnounce } from '@/components/live-region';
import { useCreate } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { isRunning, picturesOf, progressOf, type Run } from '@/features/create/model/runs';
import { statusText } from '@/features/create/status-text';
import { RunTile } from '@/features/create/run-tile';
import { useFormat } from '@/lib/format';
import { TWICE_MS, useSafeEscape } from '@/lib/shortcuts';

const ModerationNotice = lazy(async () => ({ default: (await import('@/features/create/moderation-notice')).ModerationNotice }));
const Recipe = lazy(async () => ({ default: (await import('@/features/create/recipe')).Recipe }));
const RemoveDialog = lazy(async () => ({ default: (await import('@/features/create/remove-dialog')).RemoveDialog }));
const Viewer = lazy(async () => ({ default: (await import('@/features/create/viewer')).Viewer }));

/** The middle: the chosen run, or else the newest, as it comes to be. */
export function Stage({ selected }: { selected: string | null }) {
  const { t } = useTranslation();
  const { runs } = useCreate();
  const run = runs.find(({ id }) => id === selected) ?? runs[0];
  const isArmed = useCancelByEscape();
  useTitle(runs.find(isRunning));
  return (
    <section className={styles.stage} aria-label={t('create.result')}>
      {isArmed && <div className={styles.hint}>{t('run.escapeAgain')}</div>}
      {run ? (
        <RunView key={run.id} run={run} />
      ) : (
        <EmptyState Icon={IconPhotoSpark} title={t('create.empty')} text={t('create.emptyHelp')} />
      )}
    </section>
  );
}

function RunView({ run }: { run: Run }) {
  const { t } = useTranslation();
  const { cancel, remove, again } = useCreate();
  const [viewed, setViewed] = useState<string | null>(null);
  const [isRemoving, setIsRemoving] = useState(false);
  const pictures = picturesOf(run);
  const isLive = isRunning(run);
  return (
    <div className={styles.run}>
      <Group justify="space-between" wrap="nowrap" gap="sm" className={styles.runHead ?? ''}>
        <RunStatusLine run={run} />
        {isLive ? (
          <Button
            variant="default"
            size="compact-md"
            leftSection={<IconPlayerStop size={16} />}
            title={t('run.cancelHint')}
            onClick={() => cancel(run.id)}
          >
            {t('run.cancel')}
          </Button>
        ) : (
          <ActionIcon
            variant="subtle"
            color="gray"
            c="inherit"
            size="lg"
            aria-label={t('run.remove')}
            title={t('run.remove')}
            onClick={() => setIsRemoving(true)}
          >
            <IconTrash size={18} />
          </ActionIcon>
        )}
      </Group>
      {run.error && <ErrorNotice error={run.error} title={null} onRetry={() => again(run)} />}
      <Findings run={run} />
      {run.status === 'canceled' && pictures.length === 0 ? (
        <EmptyState Icon={IconBan} title={t('run.cancelled')} text={t('run.cancelledHelp')}>
          <Button variant="default" onClick={() => again(run)}>
            {t('common.retry')}
          </Button>
        </EmptyState>
      ) : (
        (isLive || pictures.length > 0) && (
          <div className={styles.tiles} data-count={Math.min(run.images.length, 4)}>
            {run.images.map((image, index) =>
              image.picture !== null || isLive ? (
                <RunTile key={index} run={run} image={image} index={index} onOpen={() => setViewed(image.picture?.id ?? null)} />
              ) : null,
            )}
          </div>
        )
      )}
      {pictures[0] && !isLive && (
        <Suspense>
          <Recipe picture={pictures[0]} isAlone={pictures.length === 1} />
        </Suspense>
      )}
      {isRemoving && (
        <Suspense>
          <RemoveDialog count={pictures.length} onRemove={() => remove(run.id)} onClose={() => setIsRemoving(false)} />
        </Suspense>
      )}
      {viewed !== null && (
        <Suspense>
          <Viewer pictures={pictures} startAt={viewed} onClose={() => setViewed(null)} />
        </Suspense>
      )}
    </div>
  );
}

function Findings({ run: { findings } }: { run: Run }) {
  return <Suspense>{findings.length > 0 && <ModerationNotice findings={findings} />}</Suspense>;
}

function RunStatusLine({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Text fw={600} truncate>
      {run.isConnectionLost ? t('run.connectionLost') : statusText(run, t, format)}
    </Text>
  );
}

/** The first Escape says what a second one, or holding it, would do. */
function useCancelByEscape(): boolean {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const { runs, cancel } = useCreate();
  const running = runs.filter(isRunning);
  const [isArmed, setIsArmed] = useState(false);
  useEffect(() => {
    if (!isArmed) return undefined;
    const timer = setTimeout(() => setIsArmed(false), TWICE_MS);
    return () => clearTimeout(timer);
  }, [isArmed]);
  useSafeEscape(
    running.length > 0,
    () => {
      announce(t('run.escapeAgain'));
      setIsArmed(true);
    },
    () => {
      setIsArmed(false);
      running.forEach(({ id }) => cancel(id));
    },
  );
  return isArmed && running.length > 0;
}

/** How far it is, where one looks from another tab. */
function useTitle(running: Run | undefined): void {
  const { t } = useTranslation();
  const format = useFormat();
  const name = t('app.name');
  const title = running ? `${format.percent(progressOf(running))} · ${name}` : name;
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = name;
    };
  }, [title, name]);
}
