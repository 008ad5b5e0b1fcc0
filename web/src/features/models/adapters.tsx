import { Badge, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CONTROLS, listControls } from '@/api/controls';
import { listLoras, type Lora } from '@/api/loras';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { kindText } from '@/features/control/kind-text';
import { Facts, type Fact } from '@/features/models/facts';
import styles from '@/features/models/models.module.css';

/** The LoRAs that any of the models may take, and what is wrong with those that none can. */
export function LoraList() {
  const { t } = useTranslation('places');
  const api = useApi();
  const { data, error, refetch } = useQuery({ queryKey: ['loras'], queryFn: ({ signal }) => listLoras(api, signal) });
  return (
    <section aria-labelledby="loras">
      <Title order={2} mt="xl" mb="md" id="loras">
        {t('prompts.loras')}
      </Title>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <Text c="dimmed">{t('prompts.noLoras')}</Text>}
      <ul className={styles.cards}>
        {data?.map((lora) => (
          <LoraCard key={lora.name} lora={lora} />
        ))}
      </ul>
    </section>
  );
}

function LoraCard({ lora }: { lora: Lora }) {
  const { t } = useTranslation('places');
  const facts: Fact[] = [
    ...(lora.title === lora.name ? [] : [{ name: t('models.name'), value: lora.name }]),
    ...(typeof lora.base_model === 'string' ? [{ name: t('models.base'), value: lora.base_model }] : []),
  ];
  return (
    <li className={styles.card}>
      <Title order={3} size="md">
        {lora.title}
      </Title>
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
