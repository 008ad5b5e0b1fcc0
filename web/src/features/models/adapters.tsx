import { ActionIcon, Badge, Button, Group, Text, Title } from '@mantine/core';
import { IconArrowBackUp, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CONTROLS, listControls } from '@/api/controls';
import { listLoras, type Lora } from '@/api/loras';
import { deleteLora, listLoraFiles, restoreLora, STANDINGS } from '@/api/residency';
import { useApi } from '@/api/port';
import { AskDialog } from '@/components/ask-dialog';
import { ErrorNotice } from '@/components/error-notice';
import { kindText } from '@/features/control/kind-text';
import { Facts, type Fact } from '@/features/models/facts';
import styles from '@/features/models/models.module.css';
import { useChange } from '@/features/models/use-change';
import { useFormat } from '@/lib/format';

/** The LoRAs that any of the models may take, and what is wrong with those that none can. */
export function LoraList({ isAdmin }: { isAdmin: boolean }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const { act, failure } = useChange();
  const [deleted, setDeleted] = useState<string | null>(null);
  const { data, error, refetch } = useQuery({ queryKey: ['loras'], queryFn: ({ signal }) => listLoras(api, signal) });
  const files = useQuery({ queryKey: [...STANDINGS, 'loras'], queryFn: ({ signal }) => listLoraFiles(api, signal), enabled: isAdmin });
  const remove = async (name: string) => (await act(() => deleteLora(api, name))) && setDeleted(name);
  const restore = async (name: string) => (await act(() => restoreLora(api, name))) && setDeleted(null);
  return (
    <section aria-labelledby="loras">
      <Title order={2} mt="xl" mb="md" id="loras">
        {t('prompts.loras')}
      </Title>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {failure !== null && <ErrorNotice error={failure} />}
      {deleted !== null && (
        <Group role="status" mb="md" gap="sm">
          <Text size="sm">{t('models.isDeleted', { name: deleted })}</Text>
          <Button size="compact-sm" variant="default" leftSection={<IconArrowBackUp size={16} />} onClick={() => void restore(deleted)}>
            {t('models.restore')}
          </Button>
        </Group>
      )}
      {data?.length === 0 && <Text c="dimmed">{t('prompts.noLoras')}</Text>}
      <ul className={styles.cards}>
        {data?.map((lora) => (
          <LoraCard
            key={lora.name}
            lora={lora}
            bytes={files.data?.find(({ name }) => name === lora.name)?.size_bytes ?? null}
            onDelete={isAdmin ? () => void remove(lora.name) : null}
          />
        ))}
      </ul>
    </section>
  );
}

function LoraCard({ lora, bytes, onDelete }: { lora: Lora; bytes: number | null; onDelete: (() => void) | null }) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const [isAsking, setIsAsking] = useState(false);
  const label = t('models.deleteNamed', { name: lora.name });
  const facts: Fact[] = [
    ...(lora.title === lora.name ? [] : [{ name: t('models.name'), value: lora.name }]),
    ...(typeof lora.base_model === 'string' ? [{ name: t('models.base'), value: lora.base_model }] : []),
    ...(bytes === null ? [] : [{ name: t('models.size'), value: format.bytes(bytes) }]),
  ];
  return (
    <li className={styles.card}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={3} size="md">
          {lora.title}
        </Title>
        {onDelete !== null && (
          <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={label} title={label} onClick={() => setIsAsking(true)}>
            <IconTrash size={18} />
          </ActionIcon>
        )}
      </Group>
      {facts.length > 0 && <Facts facts={facts} />}
      {typeof lora.error === 'string' && (
        <Text size="sm" c="var(--mantine-color-error)" lang="en">
          {lora.error}
        </Text>
      )}
      {lora.triggers.length > 0 && (
        <Group gap={6} lang="en">
          {lora.triggers.map((words) => (
            <Badge key={words} variant="default" tt="none">
              {words}
            </Badge>
          ))}
        </Group>
      )}
      {isAsking && onDelete !== null && (
        <AskDialog title={t('models.deleteTitle', { name: lora.name })} question={t('models.deleteHelp')} yes={t('models.delete')} onYes={onDelete} onClose={() => setIsAsking(false)} />
      )}
    </li>
  );
}

/** Which ControlNet belongs to which model, and whether its maps are made here. */
export function ControlList() {
  const { t } = useTranslation('places');
  const api = useApi();
  const { data, error, refetch } = useQuery({ queryKey: CONTROLS, queryFn: ({ signal }) => listControls(api, signal) });
  const makers = (data?.preprocessors ?? []).filter(({ name, is_installed: isThere }) => isThere && name !== 'none').map(({ name }) => name);
  return (
    <section aria-labelledby="controls">
      <Title order={2} mt="xl" mb="md" id="controls">
        {t('models.controls')}
      </Title>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data?.controls.length === 0 && <Text c="dimmed">{t('models.noControls')}</Text>}
      <ul className={styles.cards}>
        {data?.controls.map(({ name, model, preprocessor }) => (
          <li key={`${model} ${name}`} className={styles.card}>
            <Title order={3} size="md">
              {name}
            </Title>
            <Facts
              facts={[
                { name: t('models.base'), value: model },
                { name: t('models.follows'), value: preprocessor === 'none' ? t('models.notTold') : kindText(t, preprocessor) },
                { name: t('models.maps'), value: makers.includes(preprocessor) ? t('models.mapsHere') : t('models.mapsGiven') },
              ]}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
