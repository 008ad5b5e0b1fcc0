import { Button, Group, Text } from '@mantine/core';
import { IconArrowBackUp, IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ControlSpec } from '@/api/types';
import { MenuLater } from '@/components/menu-later';
import { presetOf } from '@/features/control/model/control';
import { Copies } from '@/features/create/copies';
import type { Recall } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { useRecall } from '@/features/create/use-recall';
import { samplerName, scheduleName } from '@/features/create/model/samplers';
import type { Picture } from '@/features/create/model/runs';
import { savePicture } from '@/features/create/save-picture';
import { useFormat } from '@/lib/format';
import { withExtras } from '@/lib/i18n/places';

const RECALLS = ['everything', 'prompt', 'seed'] as const satisfies readonly Recall[];

interface RecipeProps {
  picture: Picture;
  /** When it stands for several pictures, it shows only what they share. */
  isAlone?: boolean;
  onRecalled?: () => void;
}

export const Recipe = withExtras(function Recipe({ picture, isAlone = true, onRecalled }: RecipeProps) {
  const { t } = useTranslation(['places', 'translation']);
  const { spec } = picture;
  return (
    <div className={styles.recipe}>
      <Text className={styles.recipePrompt ?? ''} lang="">
        {spec.prompt}
      </Text>
      {spec.negativePrompt !== '' && (
        <Text size="sm" c="dimmed" className={styles.recipePrompt ?? ''}>
          {t('recipe.without', { text: spec.negativePrompt })}
        </Text>
      )}
      <Facts picture={picture} isAlone={isAlone} />
      {isAlone && <PictureActions picture={picture} onRecalled={onRecalled} />}
      {!isAlone && (
        <Text size="sm" c="dimmed">
          {t('recipe.openOne')}
        </Text>
      )}
    </div>
  );
});

function Facts({ picture, isAlone }: { picture: Picture; isAlone: boolean }) {
  const { t } = useTranslation(['places', 'translation']);
  const format = useFormat();
  const recall = useRecall();
  const { spec } = picture;
  const controlText = (control: ControlSpec): string => {
    const preset = presetOf(control);
    const { weight, start, end } = control;
    return `${control.model} (${preset ? t(`controls.presets.${preset}`) : `${format.number(weight)}, ${format.number(start)}–${format.number(end)}`})`;
  };
  const facts: { key: Recall; name: string; value: string }[] = [
    ...(isAlone ? [{ key: 'seed' as const, name: t('translation:create.seed'), value: String(picture.seed) }] : []),
    { key: 'size', name: t('translation:create.size'), value: format.size(spec.width, spec.height) },
    { key: 'steps', name: t('translation:create.steps'), value: format.number(spec.steps) },
    { key: 'guidance', name: t('translation:create.guidance'), value: format.number(spec.guidance) },
    { key: 'sampler', name: t('translation:create.sampler'), value: samplerName(spec.sampler) },
    { key: 'schedule', name: t('translation:create.schedule'), value: scheduleName(spec.schedule) },
    { key: 'model', name: t('translation:create.model'), value: spec.model },
    ...(spec.loras.length > 0
      ? [{ key: 'loras' as const, name: t('translation:create.loras'), value: spec.loras.map(({ name, weight }) => `${name} ${format.number(weight)}`).join(', ') }]
      : []),
    ...(spec.source ? [{ key: 'source' as const, name: t('source.title'), value: `${t('source.strength')} ${format.number(spec.source.strength)}` }] : []),
    ...(spec.controls ? [{ key: 'controls' as const, name: 'ControlNet', value: spec.controls.map((control) => controlText(control)).join(', ') }] : []),
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(({ key, name, value }) => (
        <div key={key}>
          <dt>{name}</dt>
          <dd>
            <button
              type="button"
              className={styles.fact}
              title={t('recipe.takeOver', { name })}
              onClick={() => {
                recall(picture, key);
              }}
            >
              {value}
            </button>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function PictureActions({ picture, onRecalled }: { picture: Picture; onRecalled: (() => void) | undefined }) {
  const { t } = useTranslation(['places', 'translation']);
  const recall = useRecall();
  const { spec } = picture;
  return (
    <Group gap="xs">
      <Group gap={2} wrap="nowrap">
        <Button
          variant="default"
          leftSection={<IconDownload size={18} />}
          onClick={() => savePicture({ url: picture.url, seed: picture.seed, prompt: spec.prompt })}
        >
          {t('recipe.download')}
        </Button>
        <Copies picture={picture} />
      </Group>
      <MenuLater
        target={
          <Button variant="default" leftSection={<IconArrowBackUp size={18} />}>
            {t('recipe.recall')}
          </Button>
        }
        items={RECALLS.map((what) => ({
          label: t(`recipe.recalls.${what}`),
          onClick: () => {
            recall(picture, what);
            onRecalled?.();
          },
        }))}
      />
    </Group>
  );
}
