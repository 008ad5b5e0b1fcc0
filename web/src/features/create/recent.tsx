import { Anchor, Progress, Text, Title, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconBan, IconPhotoOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { thumbnailLink } from '@/api/links';
import type { JobStatus } from '@/api/types';
import { useCreate } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { isRunning, picturesOf, progressOf, type Run } from '@/features/create/model/runs';

interface RecentProps {
  selected: string | null;
  onSelect: (id: string) => void;
}

/** What was made in this visit, the newest first; what still runs shows how far it is. */
export function Recent({ selected, onSelect }: RecentProps) {
  const { t } = useTranslation();
  const { runs } = useCreate();
  const nameOf = (run: Run) => {
    const state = t(`run.states.${run.status}`, { prompt: run.spec.prompt });
    return run.images.length > 1 ? `${state} (${t('create.pictures', { count: run.images.length })})` : state;
  };
  const current = selected ?? runs[0]?.id;
  return (
    <aside className={styles.recent} aria-label={t('create.recent')}>
      <Title order={2} size="sm">
        {t('create.recent')}
      </Title>
      {runs.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('create.recentEmpty')}
        </Text>
      ) : (
        <ul className={styles.recentList}>
          {runs.map((run) => (
            <li key={run.id}>
              <UnstyledButton
                className={styles.recentItem ?? ''}
                aria-current={run.id === current}
                aria-label={nameOf(run)}
                onClick={() => onSelect(run.id)}
              >
                <RecentFace run={run} />
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
      {runs.length > 0 && (
        <Anchor component={Link} to="/gallery" size="sm" c="var(--avila-accent)">
          {t('create.all')}
        </Anchor>
      )}
    </aside>
  );
}

/** Where there is no picture: also of one that was made and is deleted since. */
const MARKS: Partial<Record<JobStatus, typeof IconBan>> = { failed: IconAlertTriangle, canceled: IconBan, succeeded: IconPhotoOff };

function RecentFace({ run }: { run: Run }) {
  const [first] = picturesOf(run);
  const face = first ? thumbnailLink(first.url) : run.images.find(({ previewUrl }) => previewUrl !== null)?.previewUrl;
  const Mark = face === undefined || face === null ? MARKS[run.status] : undefined;
  return (
    <>
      {face !== undefined && face !== null && <img src={face} alt="" className={styles.face} />}
      {isRunning(run) && (
        <Progress className={styles.faceProgress ?? ''} value={Math.max(4, progressOf(run) * 100)} size="sm" aria-hidden />
      )}
      {Mark && <Mark aria-hidden />}
      {run.images.length > 1 && <span className={styles.many} data-count={run.images.length} aria-hidden />}
    </>
  );
}
