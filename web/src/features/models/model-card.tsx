import { Badge, Button, Group, Text, Title } from '@mantine/core';
import { IconSparkles } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Model } from '@/api/types';
import { useCreate } from '@/features/create/create-context';
import { fitToModel } from '@/features/create/model/parameters';
import { samplerName } from '@/features/create/model/samplers';
import { Facts, type Fact } from '@/features/models/facts';
import styles from '@/features/models/models.module.css';
import { useFormat } from '@/lib/format';

/** What a model can do, and the way to use it. */
export function ModelCard({ model }: { model: Model }) {
  const { t } = useTranslation('places');
  const navigate = useNavigate();
  const { parameters, model: current, change } = useCreate();
  const use = () => {
    if (parameters) change(fitToModel({ ...parameters, model: model.id }, model));
    void navigate({ to: '/' });
  };
  return (
    <li className={styles.card}>
      <Group justify="space-between" wrap="nowrap" align="start">
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
        {model.capabilities.supports.map((name) => (
          <Badge key={name} variant="default">
            {t(`models.supports.${name}`)}
          </Badge>
        ))}
      </Group>
      <ModelFacts model={model} />
      <Button mt="auto" variant="default" leftSection={<IconSparkles size={18} />} onClick={use}>
        {t('models.use')}
      </Button>
    </li>
  );
}

function ModelFacts({ model }: { model: Model }) {
  const { t } = useTranslation(['places', 'translation']);
  const format = useFormat();
  const { capabilities: able } = model;
  const [width = 0, height = 0] = able.default_size.split('x').map(Number);
  const facts: Fact[] = [
    { name: t('models.family'), value: model.family },
    { name: t('models.native'), value: format.size(width, height) },
    { name: t('models.largest'), value: format.size(able.max_size, able.max_size) },
    { name: t('translation:create.steps'), value: format.number(able.default_steps) },
    { name: t('translation:create.guidance'), value: format.number(able.default_guidance_scale) },
    { name: t('translation:create.sampler'), value: samplerName(able.default_sampler) },
    { name: t('models.fingerprint'), value: model.fingerprint.slice(0, 12) },
    ...(able.controlnet.length > 0 ? [{ name: 'ControlNet', value: able.controlnet.join(', ') }] : []),
  ];
  return (
    <div>
      <Facts facts={facts} />
      <Text size="xs" c="dimmed" mt="xs">
        {t('models.prompt', { count: able.max_prompt_chunks })}
      </Text>
    </div>
  );
}
