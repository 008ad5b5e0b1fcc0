import { Button, NumberInput, Select, Slider, Stack, Text } from '@mantine/core';
import { IconRestore } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreate, useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { MAX_GUIDANCE } from '@/features/create/model/parameters';
import { samplerOf, samplersOf, scheduleName } from '@/features/create/model/samplers';

/** The slider covers what is of use; the field beside it goes as far as the model allows. */
const USEFUL_STEPS = 60;
const USEFUL_GUIDANCE = 15;

export function Advanced() {
  const { t } = useTranslation();
  const { reset } = useCreate();
  const { parameters, model, change } = useReady();
  const { capabilities } = model;
  const sampler = samplerOf(parameters.sampler);
  const side = (key: 'width' | 'height') => (
    <NumberInput
      label={t(`create.${key}`)}
      value={parameters[key]}
      onChange={(value) => typeof value === 'number' && value >= capabilities.min_size && change({ [key]: value })}
      min={capabilities.min_size}
      max={capabilities.max_size}
      step={capabilities.size_multiple}
      allowDecimal={false}
      allowNegative={false}
      suffix=" px"
    />
  );
  return (
    <Stack gap="md" pt="sm">
      <div className={styles.pair}>
        {side('width')}
        {side('height')}
      </div>
      <SliderField
        label={t('create.steps')}
        value={parameters.steps}
        onChange={(steps) => change({ steps })}
        min={1}
        max={capabilities.max_steps}
        useful={Math.min(USEFUL_STEPS, capabilities.max_steps)}
        step={1}
      />
      <SliderField
        label={t('create.guidance')}
        help={t('create.guidanceHelp')}
        value={parameters.guidance}
        onChange={(guidance) => change({ guidance })}
        min={0}
        max={MAX_GUIDANCE}
        useful={USEFUL_GUIDANCE}
        step={0.5}
      />
      <div className={styles.pair}>
        <Select
          label={t('create.sampler')}
          data={samplersOf(capabilities.samplers).map(({ key, name }) => ({ value: key, label: name }))}
          value={parameters.sampler}
          allowDeselect={false}
          onChange={(key) => {
            const chosen = key === null ? undefined : samplerOf(key);
            if (chosen) change({ sampler: chosen.key, schedule: chosen.default_schedule });
          }}
        />
        <Select
          label={t('create.schedule')}
          data={(sampler?.schedules ?? []).map((key) => ({ value: key, label: scheduleName(key) }))}
          value={parameters.schedule}
          allowDeselect={false}
          onChange={(schedule) => schedule !== null && change({ schedule })}
        />
      </div>
      <div>
        <Button variant="default" size="xs" leftSection={<IconRestore size={16} />} onClick={reset}>
          {t('create.reset')}
        </Button>
      </div>
    </Stack>
  );
}

interface SliderFieldProps {
  label: string;
  help?: string;
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
  useful: number;
  step: number;
}

function SliderField({ label, help, value, onChange, min, max, useful, step }: SliderFieldProps) {
  const labelId = useId();
  return (
    <div>
      <Text size="sm" fw={600} id={labelId}>
        {label}
      </Text>
      {help !== undefined && (
        <Text size="xs" c="dimmed">
          {help}
        </Text>
      )}
      <div className={styles.sliderRow}>
        <Slider
          className={styles.grow ?? ''}
          value={Math.min(value, useful)}
          onChange={onChange}
          min={min}
          max={useful}
          step={step}
          label={null}
          thumbProps={{ 'aria-labelledby': labelId }}
        />
        <NumberInput
          aria-labelledby={labelId}
          value={value}
          onChange={(next) => typeof next === 'number' && onChange(next)}
          min={min}
          max={max}
          step={step}
          clampBehavior="strict"
          allowDecimal={step < 1}
          allowNegative={false}
          w={84}
        />
      </div>
    </div>
  );
}
