import { Badge, Button, Group } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ADMIN, LIVE_MS, pauseQueue, readFigures } from '@/api/admin';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';

export function useFigures() {
  const api = useApi();
  return useQuery({ queryKey: [ADMIN, 'figures'], queryFn: ({ signal }) => readFigures(api, signal), refetchInterval: LIVE_MS });
}

/** Lets nothing more begin for anybody, until it goes on: what is running is finished. For administrators. */
export function PauseQueue() {
  const { t } = useTranslation('places');
  const api = useApi();
  const queries = useQueryClient();
  const { data } = useFigures();
  const change = useMutation({
    mutationFn: (isPaused: boolean) => pauseQueue(api, isPaused),
    onSettled: () => queries.invalidateQueries({ queryKey: [ADMIN] }),
  });
  if (!data) return null;
  const { is_paused: isPaused } = data;
  return (
    <Group gap="sm" justify="end">
      {change.error && <ErrorNotice error={change.error} />}
      {isPaused && <Badge variant="default">{t('admin.isPaused')}</Badge>}
      <Button
        variant="default"
        size="xs"
        loading={change.isPending}
        leftSection={isPaused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
        onClick={() => change.mutate(!isPaused)}
      >
        {isPaused ? t('admin.goOn') : t('admin.pause')}
      </Button>
    </Group>
  );
}
