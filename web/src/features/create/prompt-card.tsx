import { Button, Collapse, Group, Stack, Textarea } from '@mantine/core';
import { IconBulb, IconChevronDown, IconMinus, IconPlus } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { Ideas } from '@/features/create/ideas';
import { PromptField } from '@/features/create/prompt-field';
import { TemplateButton } from '@/features/create/template-button';
import { isFlag, readStored, writeStored } from '@/lib/storage';

export function PromptCard() {
  const { t } = useTranslation();
  const { parameters, model, change } = useReady();
  const [hasIdeas, setHasIdeas] = useState(() => readStored('ideas', true, isFlag));
  const [hasNegative, setHasNegative] = useState(parameters.negativePrompt !== '');
  const ideasId = useId();
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
      />
      <Group gap={4} className={styles.promptTools ?? ''}>
        <Button
          variant="subtle"
          color="gray"
          c="inherit"
          size="compact-sm"
          leftSection={<IconBulb size={16} />}
          rightSection={<IconChevronDown size={14} className={hasIdeas ? (styles.turned ?? '') : ''} />}
          aria-expanded={hasIdeas}
          aria-controls={ideasId}
          onClick={toggleIdeas}
        >
          {t('create.ideas')}
        </Button>
        <TemplateButton onUse={(prompt) => change({ prompt })} />
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
        <Ideas prompt={parameters.prompt} onChange={(prompt) => change({ prompt })} />
      </Collapse>
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
