import { Button, Group, Progress, Text, Title } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { changeInstallation, isOver, type Installation } from '@/api/installations';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { useAnnounce } from '@/components/live-region';
import styles from '@/features/models/models.module.css';
import { useChange, useForgetModels } from '@/features/models/use-change';
import { followedOf, useFollowing, useInstallations, usePutInstallation } from '@/features/models/use-installations';
import { useFormat } from '@/lib/format';

const DAY_MS = 86_400_000;
/** What went wrong stays to be seen for a day. */
const isShown = (one: Installation) => !isOver(one) || (one.status === 'failed' && Date.now() - Date.parse(one.finished_at ?? one.created_at) < DAY_MS);

/** What is being installed, live, through reloads and lost connections. */
export function Installations() {
  const { t } = useTranslation('places');
  const announce = useAnnounce();
  const forget = useForgetModels();
  const { data, error, refetch } = useInstallations();
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (data === undefined) return;
    const over = data.filter(isOver);
    const news = known.current === null ? [] : over.filter(({ id }) => known.current?.has(id) === false);
    known.current = new Set(over.map(({ id }) => id));
    for (const { name, status } of news) {
      if (status === 'succeeded') announce(t('models.said.installed', { name }));
      if (status === 'failed') announce(t('models.said.failed', { name }));
    }
    if (news.length > 0) void forget();
  }, [announce, data, forget, t]);
  const shown = (data ?? []).filter(isShown);
  const followed = followedOf(shown);
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (shown.length === 0) return null;
  return (
    <section aria-labelledby="installations">
      <Title order={2} mb="md" id="installations">
        {t('models.installations')}
      </Title>
      <ul className={styles.rows}>
        {shown.map((one) => (
          <InstallationRow key={one.id} of={one} isFollowed={one.id === followed} />
        ))}
      </ul>
    </section>
  );
}

function InstallationRow({ of: one, isFollowed }: { of: Installation; isFollowed: boolean }) {
  const { t } = useTranslation(['places', 'translation']);
  const isLost = useFollowing(one, isFollowed);
  const format = useFormat();
  const { name, status, bytes_done: done, bytes_total: total, seconds_left: left } = one;
  const state = [
    ...(isLost ? [t('translation:run.connectionLost')] : []),
    t(`models.installing.${status}`),
    ...(total > 0 ? [t('models.bytes', { done: format.bytes(done), total: format.bytes(total) })] : []),
    ...(left === null || isOver(one) ? [] : [t('models.left', { time: format.seconds(Math.ceil(left)) })]),
  ];
  return (
    <li className={styles.row} data-status={status}>
      <div className={styles.grow}>
        <Text fw={600}>
          {name}
          <Text span c="dimmed" fw={400} size="sm">
            {` · ${t(`models.kinds.${one.kind}`)}`}
          </Text>
        </Text>
        <Text size="sm" c="dimmed">
          {state.join(' · ')}
        </Text>
        {!isOver(one) && <Progress mt={6} size="sm" value={total > 0 ? (100 * done) / total : 0} aria-label={t('models.progressOf', { name })} />}
        {one.error !== null && (
          <Text size="sm" c="var(--mantine-color-error)" lang="en">
            {one.error.message}
          </Text>
        )}
      </div>
      <Acts of={one} />
    </li>
  );
}

function Acts({ of: one }: { of: Installation }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const put = usePutInstallation();
  const { act, isBusy, failure } = useChange();
  const change = (what: Parameters<typeof changeInstallation>[2]) =>
    void act(async () => {
      put(await changeInstallation(api, one.id, what));
    });
  const { name, status, is_stopping: isStopping } = one;
  const canGoOn = status === 'paused' || (status === 'failed' && one.error?.may_resume === true);
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        {!isOver(one) && status !== 'paused' && (
          <Button variant="default" size="compact-md" loading={isBusy} disabled={isStopping} leftSection={<IconPlayerPause size={16} />} onClick={() => change('pause')}>
            {t('models.pause')}
          </Button>
        )}
        {canGoOn && (
          <Button variant="default" size="compact-md" loading={isBusy} leftSection={<IconPlayerPlay size={16} />} onClick={() => change('resume')}>
            {t('models.resume')}
          </Button>
        )}
        {!isOver(one) && (
          <Button variant="default" size="compact-md" px="xs" disabled={isStopping} aria-label={t('models.cancelNamed', { name })} title={t('models.cancel')} onClick={() => change('cancel')}>
            <IconX size={16} />
          </Button>
        )}
      </Group>
      {failure !== null && <ErrorNotice error={failure} />}
    </>
  );
}
