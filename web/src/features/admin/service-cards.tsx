import { Badge, Button, Group, Loader, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ADMIN, LIVE_MS, announceToAll, drain, readAnnouncement, readDrains, undrain, withdrawAnnouncement, type Announcement } from '@/api/admin';
import { useApi } from '@/api/port';
import { useModels } from '@/api/query';
import { ErrorNotice } from '@/components/error-notice';
import { Card } from '@/features/settings/card';
import styles from '@/features/settings/settings.module.css';

const LEVELS = ['info', 'warning', 'critical'] as const;
const LONGEST = 1000;

export function ServiceCards() {
  return (
    <Stack gap="lg">
      <AnnouncementCard />
      <DrainCard />
    </Stack>
  );
}

/** What everybody reads above every screen. */
function AnnouncementCard() {
  const { t } = useTranslation('places');
  const api = useApi();
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['announcement'], queryFn: ({ signal }) => readAnnouncement(api, signal), staleTime: 0 });
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  return <Card title={t('admin.announcement')}>{!isPending && <AnnouncementForm key={data?.created_at ?? ''} current={data} />}</Card>;
}

function AnnouncementForm({ current }: { current: Announcement | null }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const queries = useQueryClient();
  const [text, setText] = useState(current?.text ?? '');
  const [level, setLevel] = useState<Announcement['level']>(current?.level ?? 'info');
  const [failure, setFailure] = useState<unknown>(null);
  const act = (action: Promise<unknown>) => {
    setFailure(null);
    action.then(() => queries.invalidateQueries({ queryKey: ['announcement'] })).catch(setFailure);
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (text.trim() !== '') act(announceToAll(api, { text: text.trim(), level, until: null }));
  };
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Textarea label={t('admin.announcementText')} value={text} maxLength={LONGEST} autosize minRows={2} onChange={({ currentTarget }) => setText(currentTarget.value)} />
        <SegmentedControl<Announcement['level']>
          aria-label={t('admin.level')}
          value={level}
          onChange={setLevel}
          data={LEVELS.map((value) => ({ value, label: t(`admin.levels.${value}`) }))}
        />
        {failure !== null && <ErrorNotice error={failure} />}
        <Group>
          <Button type="submit">{t('admin.publish')}</Button>
          {current && (
            <Button variant="default" onClick={() => act(withdrawAnnouncement(api))}>
              {t('admin.withdraw')}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

/** A drained model's jobs wait until it is let go again, so that it can be replaced. */
function DrainCard() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const queries = useQueryClient();
  const { data: models = [] } = useModels();
  const { data: drains, error, refetch } = useQuery({ queryKey: [ADMIN, 'drains'], queryFn: ({ signal }) => readDrains(api, signal), refetchInterval: LIVE_MS });
  const [failure, setFailure] = useState<unknown>(null);
  const act = (action: Promise<unknown>) => {
    setFailure(null);
    action.then(() => queries.invalidateQueries({ queryKey: [ADMIN, 'drains'] })).catch(setFailure);
  };
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  return (
    <Card title={t('admin.drain')}>
      <Text size="sm" c="dimmed">
        {t('admin.drainHelp')}
      </Text>
      {!drains && <Loader aria-label={t('translation:common.loading')} />}
      {failure !== null && <ErrorNotice error={failure} />}
      <ul className={styles.list}>
        {drains &&
          models.map(({ id }) => {
            const drained = drains.find(({ model }) => model === id);
            return (
              <li key={id} className={styles.row}>
                <Group gap="sm">
                  <Text>{id}</Text>
                  {drained && (
                    <Badge variant="default">
                      {t('admin.stillRunning', { count: drained.running })}
                    </Badge>
                  )}
                </Group>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`${drained ? t('admin.undrain') : t('admin.drainIt')}: ${id}`}
                  onClick={() => act(drained ? undrain(api, id) : drain(api, id))}
                >
                  {drained ? t('admin.undrain') : t('admin.drainIt')}
                </Button>
              </li>
            );
          })}
      </ul>
    </Card>
  );
}
