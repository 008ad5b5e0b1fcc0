import { ActionIcon, Chip, Group, NumberInput, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { listLoras } from '@/api/loras';
import { useApi } from '@/api/port';
import { listStyles, titleOf } from '@/api/prompts';
import { ErrorNotice } from '@/components/error-notice';
import { useReady } from '@/features/create/create-context';
import { hasWords, toggleWords } from '@/features/create/model/completion';
import type { Parameters } from '@/features/create/model/parameters';
import styles from '@/features/create/prompt-tools.module.css';
import { withExtras } from '@/lib/i18n/places';

const LOWEST = -2;
const HIGHEST = 2;
const MOST_TRIGGERS = 8;

/** Styles that are put around the prompt, and LoRAs with their weights and trigger words. */
export const Extras = withExtras(function Extras({ id }: { id: string }) {
  const { model } = useReady();
  return (
    <div className={styles.extras} id={id}>
      <Styles />
      {model.capabilities.lora && <Loras />}
    </div>
  );
});

function Styles() {
  const { t, i18n } = useTranslation('places');
  const api = useApi();
  const { parameters, change } = useReady();
  const labelId = useId();
  const { data = [], error, refetch } = useQuery({ queryKey: ['styles'], queryFn: ({ signal }) => listStyles(api, signal) });
  return (
    <div role="group" aria-labelledby={labelId}>
      <Text size="sm" fw={600} mb={6} id={labelId}>
        {t('prompts.styles')}
      </Text>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      <Group gap={6}>
        {data.map(({ name, titles, prompt }) => (
          <Chip
            key={name}
            size="xs"
            variant="outline"
            title={prompt}
            checked={parameters.styles.includes(name)}
            onChange={(isOn) => change({ styles: isOn ? [...parameters.styles, name] : parameters.styles.filter((other) => other !== name) })}
          >
            {titleOf(titles, i18n.language, name)}
          </Chip>
        ))}
      </Group>
    </div>
  );
}

function Loras() {
  const { t } = useTranslation('places');
  const api = useApi();
  const { parameters, change } = useReady();
  const labelId = useId();
  const { data = [], error, refetch, isSuccess } = useQuery({ queryKey: ['loras'], queryFn: ({ signal }) => listLoras(api, signal) });
  const { loras } = parameters;
  const usable = data.filter((lora) => (lora.error ?? null) === null);
  return (
    <div role="group" aria-labelledby={labelId}>
      <Text size="sm" fw={600} mb={6} id={labelId}>
        {t('prompts.loras')}
      </Text>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      <Group gap={6}>
        {usable.map(({ name, title }) => (
          <Chip
            key={name}
            size="xs"
            variant="outline"
            title={title}
            checked={loras.some((used) => used.name === name)}
            onChange={(isOn) => change({ loras: isOn ? [...loras, { name, weight: 1 }] : loras.filter((used) => used.name !== name) })}
          >
            {name}
          </Chip>
        ))}
      </Group>
      {isSuccess && usable.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('prompts.noLoras')}
        </Text>
      )}
      {loras.map((lora) => (
        <UsedLora key={lora.name} lora={lora} triggers={usable.find(({ name }) => name === lora.name)?.triggers ?? []} />
      ))}
    </div>
  );
}

/** Its weight, and the words it was trained with, to tap into the prompt. */
function UsedLora({ lora, triggers }: { lora: Parameters['loras'][number]; triggers: readonly string[] }) {
  const { t } = useTranslation('places');
  const { parameters, change } = useReady();
  const { prompt, loras } = parameters;
  const without = t('prompts.without', { name: lora.name });
  return (
    <>
      <div className={styles.lora}>
        <Text size="sm" truncate>
          {lora.name}
        </Text>
        <NumberInput
          size="xs"
          aria-label={t('prompts.weightOf', { name: lora.name })}
          value={lora.weight}
          min={LOWEST}
          max={HIGHEST}
          step={0.1}
          decimalScale={2}
          onChange={(weight) => typeof weight === 'number' && change({ loras: loras.map((one) => (one.name === lora.name ? { ...one, weight } : one)) })}
        />
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={without} title={without} onClick={() => change({ loras: loras.filter(({ name }) => name !== lora.name) })}>
          <IconX size={16} />
        </ActionIcon>
      </div>
      {triggers.length > 0 && (
        <Group gap={6} mt={4} role="group" aria-label={t('prompts.triggers', { name: lora.name })}>
          {triggers.slice(0, MOST_TRIGGERS).map((words) => (
            <Chip key={words} size="xs" lang="en" checked={hasWords(prompt, words)} onChange={() => change({ prompt: toggleWords(prompt, words) })}>
              {words}
            </Chip>
          ))}
        </Group>
      )}
    </>
  );
}
