import { Button, Collapse, Group, Stack, Textarea } from '@mantine/core';
import { IconBulb, IconMinus, IconPalette, IconPlus } from '@tabler/icons-react';
import { lazy, Suspense, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DisclosureButton } from '@/components/disclosure';
import { useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { PromptField } from '@/features/create/prompt-field';
import tools from '@/features/create/prompt-tools.module.css';
import { TemplateButton } from '@/features/create/template-button';
import { isFlag, readStored, writeStored } from '@/lib/storage';

const Extras = lazy(async () => ({ default: (await import('@/features/create/extras')).Extras }));
const Ideas = lazy(async () => ({ default: (await import('@/features/create/ideas')).Ideas }));
const TokenMeter = lazy(async () => ({ default: (await import('@/features/create/token-meter')).TokenMeter }));

export function PromptCard() {
  const { t } = useTranslation();
  const { parameters, model, change } = useReady();
  const [hasIdeas, setHasIdeas] = useState(() => readStored('ideas', true, isFlag));
  const [hasNegative, setHasNegative] = useState(parameters.negativePrompt !== '');
  const [hasExtras, setHasExtras] = useState(false);
  const ideasId = useId();
  const extrasId = useId();
  const extrasCount = parameters.styles.length + parameters.loras.length;
  const toggleIdeas = () => {
    writeStored('ideas', !hasIdeas);
    setHasIdeas(!hasIdeas);
  };
  return (
    <Stack gap="sm">
      <PromptField
        label={t('create.prompt')}
        placeholder={t('create.promptPlaceholder')}
        value={parameters.prompt}
        onChange={(prompt) => change({ prompt })}
        maxLength={model.capabilities.max_prompt_chars}
        model={model.id}
      />
      {parameters.prompt.trim() !== '' && (
        <div className={tools.meterPlace}>
          <Suspense>
            <TokenMeter />
          </Suspense>
        </div>
      )}
      <Group gap={4} className={styles.promptTools ?? ''}>
        <DisclosureButton size="compact-sm" leftSection={<IconBulb size={16} />} isOpen={hasIdeas} controls={ideasId} onToggle={toggleIdeas}>
          {t('create.ideas')}
        </DisclosureButton>
        <TemplateButton
          onUse={({ prompt, negative_prompt: negativePrompt }) => change({ prompt, ...(negativePrompt !== '' && model.capabilities.negative_prompt && { negativePrompt }) })}
        />
        <Button
          variant="subtle"
          color="gray"
          c="inherit"
          size="compact-sm"
          leftSection={<IconPalette size={16} />}
          aria-expanded={hasExtras}
          aria-controls={extrasId}
          onClick={() => setHasExtras(!hasExtras)}
        >
          {extrasCount === 0 ? t('create.extras') : t('create.extrasCount', { number: extrasCount })}
        </Button>
        {model.capabilities.negative_prompt && (
          <Button
            variant="subtle"
            color="gray"
            c="inherit"
            size="compact-sm"
            leftSection={hasNegative ? <IconMinus size={16} /> : <IconPlus size={16} />}
            aria-expanded={hasNegative}
            onClick={() => {
              if (hasNegative) change({ negativePrompt: '' });
              setHasNegative(!hasNegative);
            }}
          >
            {t('create.negativeShort')}
          </Button>
        )}
      </Group>
      <Collapse expanded={hasIdeas} id={ideasId}>
        {hasIdeas && (
          <Suspense fallback={<div className={tools.ideas} />}>
            <Ideas prompt={parameters.prompt} model={model.id} onChange={(prompt) => change({ prompt })} />
          </Suspense>
        )}
      </Collapse>
      {hasExtras && (
        <Suspense>
          <Extras id={extrasId} />
        </Suspense>
      )}
      {model.capabilities.negative_prompt && (hasNegative || parameters.negativePrompt !== '') && (
        <Textarea
          label={t('create.negative')}
          description={t('create.negativeHelp')}
          value={parameters.negativePrompt}
          onChange={({ currentTarget: { value } }) => change({ negativePrompt: value })}
          maxLength={model.capabilities.max_prompt_chars}
          autosize
          minRows={1}
          maxRows={4}
        />
      )}
    </Stack>
  );
}
