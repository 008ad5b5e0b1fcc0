import { Button, Kbd } from '@mantine/core';
import { IconSparkles } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '@/components/live-region';
import { useCreate, useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { isRunning } from '@/features/create/model/runs';
import { toSpec } from '@/features/create/model/parameters';
import { MOST_RUNNING } from '@/features/create/use-runs';
import { useControls } from '@/features/control/control-context';
import { useSource } from '@/features/source/source-context';
import { chordOf, isDialogOpen, namesOf, useShortcut } from '@/lib/shortcuts';

export function GenerateBar({ onStart }: { onStart: () => void }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const { start } = useCreate();
  const { source, send } = useSource();
  const { controls, send: sendControls } = useControls();
  const { parameters } = useReady();
  const reason = useReason();

  const generate = () => {
    if (isDialogOpen()) return false;
    if (reason !== null) {
      announce(reason);
      return true;
    }
    onStart();
    const prepare = async () => {
      const [sent, leading] = await Promise.all([send(), sendControls()]);
      return { ...(sent && { source: sent }), ...(leading.length > 0 && { controls: leading }) };
    };
    start(toSpec(parameters), source === null && controls.length === 0 ? undefined : prepare);
    announce(t('run.said.started'));
    return true;
  };
  useShortcut('generate', generate);
  return (
    <div className={styles.generate}>
      <Button
        size="md"
        fullWidth
        leftSection={<IconSparkles size={20} />}
        rightSection={<Kbd className={styles.kbd ?? ''}>{namesOf(chordOf('generate')).join(' ')}</Kbd>}
        onClick={generate}
        aria-disabled={reason !== null}
        {...(reason !== null && { 'data-disabled': true, title: reason })}
      >
        {t('create.generate')}
      </Button>
    </div>
  );
}

/** Why there can be no picture now, or null. */
function useReason(): string | null {
  const { t } = useTranslation();
  const { runs } = useCreate();
  const { source } = useSource();
  const { controls } = useControls();
  const { parameters, model } = useReady();
  const { img2img, controlnet, max_prompt_chars: most } = model.capabilities;
  const stranger = controls.find((control) => !controlnet.includes(control.model));
  if (source !== null && !img2img) return t('create.noSource');
  if (stranger) return t('create.noControl', { name: stranger.model });
  if (parameters.prompt.trim() === '') return t('create.needsPrompt');
  if (Math.max(parameters.prompt.length, parameters.negativePrompt.length) > most) return t('create.tooLong');
  return runs.filter(isRunning).length >= MOST_RUNNING ? t('create.busy') : null;
}
