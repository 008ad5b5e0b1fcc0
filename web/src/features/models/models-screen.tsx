import { Badge, Button, Container, Group, Loader, Text, Title } from '@mantine/core';
import { IconPackageOff, IconSparkles } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listLoras } from '@/api/loras';
import { useApi } from '@/api/port';
import { useModels } from '@/api/query';
import type { Model } from '@/api/types';
import { EmptyState } from '@/components/empty-state';
import { ErrorNotice } from '@/components/error-notice';
import { useCreate } from '@/features/create/create-context';
import { fitToModel } from '@/features/create/model/parameters';
import { samplerName } from '@/features/create/model/samplers';
import styles from '@/features/models/models.module.css';
import { useFormat } from '@/lib/format';
import { withPlaces } from '@/lib/i18n/places';

/** What is installed, and what each of it can do. */
export const ModelsScreen = withPlaces(function ModelsScreen() {
  const { t } = useTranslation(['places', 'translation']);
  const { data, error, refetch } = useModels();
  return (
    <Container size="lg" py="lg">
      <Title order={1} mb="lg">
        {t('models.title')}
      </Title>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loader aria-label={t('translation:common.loading')} />}
      {data?.length === 0 && <EmptyState Icon={IconPackageOff} title={t('translation:create.noModels')} text={t('translation:create.noModelsHelp')} />}
      <ul className={styles.cards}>
        {data?.map((model) => (
          <ModelCard key={model.id} model={model} />
        ))}
      </ul>
      <LoraList />
    </Container>
  );
});

/** The LoRAs that any of the models may take, and what is wrong with those that none can. */
function LoraList() {
  const { t } = useTranslation('places');
  const api = useApi();
  const { data, error, refetch } = useQuery({ queryKey: ['loras'], queryFn: ({ signal }) => listLoras(api, signal) });
  return (
    <section aria-label={t('prompts.loras')}>
      <Title order={2} mt="xl" mb="md">
        {t('prompts.loras')}
      </Title>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <Text c="dimmed">{t('prompts.noLoras')}</Text>}
      <ul className={styles.cards}>
        {data?.map((lora) => (
          <li key={lora.name} className={styles.card}>
            <Title order={3} size="md">
              {lora.title}
            </Title>
            <dl className={styles.facts}>
              <dt>{t('models.name')}</dt>
              <dd>{lora.name}</dd>
              {typeof lora.base_model === 'string' && (
                <>
                  <dt>{t('models.base')}</dt>
                  <dd>{lora.base_model}</dd>
                </>
              )}
            </dl>
            {typeof lora.error === 'string' && (
              <Text size="sm" c="var(--mantine-color-error)" lang="en">
                {lora.error}
              </Text>
            )}
            <Group gap={6} lang="en">
              {lora.triggers.map((words) => (
                <Badge key={words} variant="default" tt="none">
                  {words}
                </Badge>
              ))}
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ModelCard({ model }: { model: Model }) {
  const { t } = useTranslation(['places', 'translation']);
  const format = useFormat();
  const navigate = useNavigate();
  const { parameters, model: current, change } = useCreate();
  const { capabilities: able } = model;
  const [width = 0, height = 0] = able.default_size.split('x').map(Number);
  const facts = [
    { name: t('models.family'), value: model.family },
    { name: t('models.native'), value: format.size(width, height) },
    { name: t('models.largest'), value: format.size(able.max_size, able.max_size) },
    { name: t('translation:create.steps'), value: format.number(able.default_steps) },
    { name: t('translation:create.guidance'), value: format.number(able.default_guidance_scale) },
    { name: t('translation:create.sampler'), value: samplerName(able.default_sampler) },
    { name: t('models.fingerprint'), value: model.fingerprint.slice(0, 12) },
    ...(able.controlnet.length > 0 ? [{ name: 'ControlNet', value: able.controlnet.join(', ') }] : []),
  ];
  const use = () => {
    if (parameters) change(fitToModel({ ...parameters, model: model.id }, model));
    void navigate({ to: '/' });
  };
  return (
    <li className={styles.card}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} style={{ overflowWrap: 'anywhere' }}>
          {model.id}
        </Title>
        {current?.id === model.id && (
          <Badge variant="light" autoContrast flex="none">
            {t('models.chosen')}
          </Badge>
        )}
      </Group>
      <Group gap={6}>
        {able.supports.map((name) => (
          <Badge key={name} variant="default">
            {t(`models.supports.${name}`)}
          </Badge>
        ))}
      </Group>
      <dl className={styles.facts}>
        {facts.map(({ name, value }) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="xs" c="dimmed">
        {t('models.prompt', { count: able.max_prompt_chunks })}
      </Text>
      <Button mt="auto" variant="default" leftSection={<IconSparkles size={18} />} onClick={use}>
        {t('models.use')}
      </Button>
    </li>
  );
}
