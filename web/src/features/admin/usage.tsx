import { Loader, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ADMIN, readTallies, readUsage, type Breakdown, type Day } from '@/api/admin';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import styles from '@/features/admin/admin.module.css';
import { filledDays } from '@/features/admin/days';
import { ScrollRegion } from '@/features/admin/table-parts';
import { useFormat } from '@/lib/format';

const DAYS = 30;
const BREAKDOWNS = ['user', 'key', 'model'] as const satisfies readonly Breakdown[];

/** A month day by day, and who or what made the pictures. */
export function Usage() {
  const { t } = useTranslation(['places', 'translation']);
  const api = useApi();
  const format = useFormat();
  const [by, setBy] = useState<Breakdown>('user');
  const [since] = useState(() => new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10));
  const usage = useQuery({ queryKey: [ADMIN, 'usage', since], queryFn: ({ signal }) => readUsage(api, since, signal) });
  const tallies = useQuery({ queryKey: [ADMIN, 'tallies', by], queryFn: ({ signal }) => readTallies(api, by, DAYS * 24, signal) });
  const error = usage.error ?? tallies.error;
  if (error) return <ErrorNotice error={error} onRetry={() => void Promise.all([usage.refetch(), tallies.refetch()])} />;
  if (!usage.data) return <Loader aria-label={t('translation:common.loading')} />;
  return (
    <Stack gap="lg">
      <section aria-label={t('admin.perDay')}>
        <Title order={2} mb="sm">
          {t('admin.perDay')}
        </Title>
        <Bars days={filledDays(usage.data, since, DAYS)} />
      </section>
      <SegmentedControl<Breakdown> aria-label={t('admin.by')} value={by} onChange={setBy} data={BREAKDOWNS.map((value) => ({ value, label: t(`admin.bys.${value}`) }))} />
      <ScrollRegion label={t('admin.by')}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t(`admin.bys.${by}`)}</Table.Th>
              <Table.Th>{t('admin.images')}</Table.Th>
              <Table.Th>{t('admin.meanTime')}</Table.Th>
              <Table.Th>{t('admin.work')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(tallies.data ?? []).map(({ name, label, images, mean_seconds: mean, megapixel_steps: work }, index) => (
              <Table.Tr key={name ?? index}>
                <Table.Td className={styles.prompt}>{label ?? (by === 'user' && name?.startsWith('key_') ? t('admin.installation') : name) ?? '–'}</Table.Td>
                <Table.Td className={styles.number}>{format.number(images)}</Table.Td>
                <Table.Td className={styles.number}>{mean === null ? '–' : format.seconds(mean)}</Table.Td>
                <Table.Td className={styles.number}>{format.number(work, 1)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </Stack>
  );
}

const WIDTH = 600;
const HEIGHT = 160;

function Bars({ days }: { days: readonly Pick<Day, 'day' | 'images'>[] }) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const titleId = useId();
  const most = Math.max(1, ...days.map(({ images }) => images));
  const slot = WIDTH / days.length;
  const total = days.reduce((sum, { images }) => sum + images, 0);
  const named = (day: string) => format.day(new Date(`${day}T00:00:00Z`));
  return (
    <>
      <svg className={styles.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-labelledby={titleId}>
        <title id={titleId}>{t('admin.chart', { count: total, days: format.number(days.length), most: format.number(most) })}</title>
        <line className={styles.axis} x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {days.map(({ day, images }, index) => {
          const height = (images / most) * (HEIGHT - 8);
          return (
            <rect key={day} className={styles.bars} x={index * slot + 1} width={Math.max(1, slot - 2)} y={HEIGHT - height} height={height}>
              <title>{`${named(day)}: ${format.number(images)}`}</title>
            </rect>
          );
        })}
      </svg>
      <div className={styles.legend}>
        <span>{named(days[0]?.day ?? '')}</span>
        <Text span size="xs">
          {t('admin.most', { number: format.number(most) })}
        </Text>
        <span>{named(days.at(-1)?.day ?? '')}</span>
      </div>
    </>
  );
}
