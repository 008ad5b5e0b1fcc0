import { Button, Text, Title } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { listDeleted, restoreModel, STANDINGS } from '@/api/residency';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import styles from '@/features/models/models.module.css';
import { useChange } from '@/features/models/use-change';
import { useFormat } from '@/lib/format';

/** What was deleted and can be taken back. Nothing at all where the trash is empty. */
export function Deleted() {
  const { t } = useTranslation('places');
  const api = useApi();
  const format = useFormat();
  const { act, isBusy, failure } = useChange();
  const { data, error, refetch } = useQuery({ queryKey: [...STANDINGS, 'deleted'], queryFn: ({ signal }) => listDeleted(api, signal) });
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data || data.length === 0) return null;
  return (
    <section aria-labelledby="deleted-models">
      <Title order={2} mt="xl" mb="md" id="deleted-models">
        {t('models.deleted')}
      </Title>
      {failure !== null && <ErrorNotice error={failure} />}
      <ul className={styles.rows}>
        {data.map(({ id, name, size_bytes: size, deleted_at: at }) => (
          <li key={id} className={styles.row}>
            <div>
              <Text fw={600}>{name}</Text>
              <Text size="sm" c="dimmed">
                {format.bytes(size)} · {format.date(new Date(at))}
              </Text>
            </div>
            <Button
              variant="default"
              size="compact-md"
              loading={isBusy}
              leftSection={<IconArrowBackUp size={16} />}
              aria-label={t('models.restoreNamed', { name })}
              onClick={() => void act(() => restoreModel(api, name))}
            >
              {t('models.restore')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
