import { Button, Kbd } from '@mantine/core';
import { IconSparkles } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '@/components/live-region';
import { useCreate, useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { isRunning } from '@/features/create/model/runs';
import { toSpec } from '@/features/create/model/parameters';
import { MOST_RUNNING } from '@/features/create/use-runs';
import { isDialogOpen, SHORTCUTS, useShortcut } from '@/lib/shortcuts';

export function GenerateBar({ onStart }: { onStart: () => void }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const { runs, start } = useCreate();
  const { parameters, model } = useReady();
  const isEmpty = parameters.prompt.trim() === '';
  const isTooLong = Math.max(parameters.prompt.length, parameters.negativePrompt.length) > model.capabilities.max_prompt_chars;
  const isFull = runs.filter(isRunning).length >= MOST_RUNNING;
  const reason = isEmpty ? t('create.needsPrompt') : isTooLong ? t('create.tooLong') : isFull ? t('create.busy') : null;

  const generate = () => {
    if (isDialogOpen()) return false;
    if (reason !== null) {
      announce(reason);
      return true;
    }
    onStart();
    start(toSpec(parameters));
    announce(t('run.said.started'));
    return true;
  };
  useShortcut(SHORTCUTS.generate, generate);
  return (
    <div className={styles.generate}>
      <Button
        size="md"
        fullWidth
        leftSection={<IconSparkles size={20} />}
        rightSection={<Kbd className={styles.kbd ?? ''}>Ctrl ↵</Kbd>}
        onClick={generate}
        aria-disabled={reason !== null}
        {...(reason !== null && { 'data-disabled': true, title: reason })}
      >
        {t('create.generate')}
      </Button>
    </div>
  );
}
