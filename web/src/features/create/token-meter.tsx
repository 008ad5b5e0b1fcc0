import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import { countTokens } from '@/api/prompts';
import { useReady } from '@/features/create/create-context';
import { chunksOf } from '@/features/create/model/chunks';
import styles from '@/features/create/prompt-tools.module.css';
import { useFormat } from '@/lib/format';
import { withExtras } from '@/lib/i18n/places';

const PAUSE_MS = 400;

/** How many tokens the prompt has, chunk by chunk, and the words at which each further chunk begins. */
export const TokenMeter = withExtras(function TokenMeter() {
  const { t } = useTranslation('places');
  const format = useFormat();
  const api = useApi();
  const { parameters, model } = useReady();
  const { prompt, negativePrompt, steps, guidance } = parameters;
  const [asked] = useDebouncedValue(prompt, PAUSE_MS);
  const { data } = useQuery({
    queryKey: ['tokens', model.id, asked, negativePrompt, steps, guidance],
    queryFn: ({ signal }) =>
      countTokens(
        api,
        { model: model.id, prompt: asked, negative_prompt: negativePrompt, num_inference_steps: steps, guidance_scale: guidance, emphasis: 'original' },
        signal,
      ),
    enabled: asked.trim() !== '',
    staleTime: Infinity,
    retry: false,
    placeholderData: keepPreviousData,
  });
  const encoder = data?.encoders[0];
  if (!encoder || prompt.trim() === '') return null;
  const { chunks, tokens } = chunksOf(encoder);
  return (
    <div className={styles.meter} data-fits={encoder.fits}>
      <div className={styles.bar} aria-hidden>
        {chunks.map(({ tokens: own }, index) => (
          <span key={index} className={styles.chunk}>
            <span className={styles.fill} style={{ width: format.percentOf(own / encoder.chunk_tokens) }} />
          </span>
        ))}
      </div>
      <Text size="xs" c={encoder.fits ? 'dimmed' : 'var(--mantine-color-error)'}>
        {t('prompts.tokens', { count: tokens, room: format.number(chunks.length * encoder.chunk_tokens) })}
        {!encoder.fits && ` · ${t('prompts.tooLong', { count: encoder.max_chunks })}`}
      </Text>
      {chunks.slice(1).map(({ begins }, index) => (
        <Text key={index} size="xs" c="dimmed" truncate>
          {t('prompts.chunkBegins', { number: index + 2 })} <span lang="en">{begins}</span>
        </Text>
      ))}
    </div>
  );
});
