import { Loader, Progress, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { readQuota } from '@/api/account';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { Card } from '@/features/settings/card';
import { useFormat } from '@/lib/format';

/** What is used and left of the day's share, and when the day begins anew. */
export function QuotaCard() {
  const { t } = useTranslation(['places', 'translation']);
  const format = useFormat();
  const api = useApi();
  const { data, error, refetch } = useQuery({ queryKey: ['quota'], queryFn: ({ signal }) => readQuota(api, signal), staleTime: 0 });
  const content = () => {
    if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
    if (!data) return <Loader aria-label={t('translation:common.loading')} />;
    const { limits, used } = data;
    return (
      <>
        <Share label={t('account.imagesToday')} used={used.images_today} limit={limits.images_per_day ?? null} write={format.number} />
        <Share
          label={t('account.workToday')}
          used={used.megapixel_steps_today}
          limit={limits.megapixel_steps_per_day ?? null}
          write={(value) => format.number(value, 1)}
        />
        <Share label={t('account.stored')} used={used.stored_bytes} limit={limits.stored_bytes ?? null} write={format.bytes} />
        <Text size="sm" c="dimmed">
          {t('account.resets', { time: format.date(new Date(data.resets_at)) })}
        </Text>
      </>
    );
  };
  return <Card title={t('account.quota')}>{content()}</Card>;
}

interface ShareProps {
  label: string;
  used: number;
  limit: number | null;
  write: (value: number) => string;
}

export function Share({ label, used, limit, write }: ShareProps) {
  const { t } = useTranslation('places');
  const fraction = limit === null ? 0 : limit === 0 ? 1 : Math.min(1, used / limit);
  return (
    <div>
      <Text size="sm" component="div" display="flex" style={{ justifyContent: 'space-between', gap: '1rem' }}>
        <span>{label}</span>
        <span>
          {limit === null ? t('account.unlimited', { used: write(used) }) : t('account.usedOf', { used: write(used), limit: write(limit) })}
        </span>
      </Text>
      {limit !== null && <Progress mt={6} value={fraction * 100} color={fraction >= 1 ? 'red' : 'iris'} aria-label={label} />}
    </div>
  );
}
