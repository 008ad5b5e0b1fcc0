import { NativeSelect, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconAdjustments } from '@tabler/icons-react';
import { lazy, Suspense, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Disclosure } from '@/components/disclosure';
import { useCreate, useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { fitToModel, COUNTS, QUALITIES, qualityOf, withQuality, type Quality } from '@/features/create/model/parameters';
import { SeedField } from '@/features/create/seed-field';
import { ShapePicker } from '@/features/create/shape-picker';

const Advanced = lazy(async () => ({ default: (await import('@/features/create/advanced')).Advanced }));

export function Controls() {
  const { t } = useTranslation();
  const { parameters, model, change } = useReady();
  const { models } = useCreate();
  return (
    <Stack gap="md">
      {models.length > 1 && (
        <NativeSelect
          label={t('create.model')}
          data={models.map(({ id }) => id)}
          value={model.id}
          onChange={({ currentTarget }) => {
            const chosen = models.find(({ id }) => id === currentTarget.value);
            if (chosen) change(fitToModel({ ...parameters, model: chosen.id }, chosen));
          }}
        />
      )}
      <ShapePicker />
      <QualityPicker />
      <div className={styles.pair}>
        <CountPicker />
        <SeedField />
      </div>
      <Disclosure label={t('create.advanced')} size="compact-md" leftSection={<IconAdjustments size={18} />}>
        <Suspense>
          <Advanced />
        </Suspense>
      </Disclosure>
    </Stack>
  );
}

function CountPicker() {
  const { t } = useTranslation();
  const { parameters, model, change } = useReady();
  const labelId = useId();
  return (
    <div>
      <Text size="sm" fw={600} mb={4} id={labelId}>
        {t('create.count')}
      </Text>
      <SegmentedControl
        fullWidth
        aria-labelledby={labelId}
        value={String(parameters.count)}
        onChange={(value) => change({ count: Number(value) })}
        data={COUNTS.filter((count) => count <= model.capabilities.max_images).map(String)}
      />
    </div>
  );
}

function QualityPicker() {
  const { t } = useTranslation();
  const { parameters, model, change } = useReady();
  const labelId = useId();
  const quality = qualityOf(parameters, model.capabilities);
  return (
    <div>
      <Text size="sm" fw={600} mb={4} id={labelId}>
        {t('create.quality')}
        <Text span size="sm" c="dimmed" fw={400}>
          {' · '}
          {quality ? t('create.stepCount', { count: parameters.steps }) : t('create.custom')}
        </Text>
      </Text>
      <SegmentedControl
        fullWidth
        aria-labelledby={labelId}
        value={quality ?? ''}
        onChange={(value) => change(withQuality(parameters, value as Quality, model.capabilities))}
        data={QUALITIES.map((value) => ({ value, label: t(`create.qualities.${value}`) }))}
      />
    </div>
  );
}
