import { Button, Group, Menu, Text } from '@mantine/core';
import { IconArrowBackUp, IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '@/components/live-region';
import { useCreate, type Recall } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { samplerName, scheduleName } from '@/features/create/model/samplers';
import type { Picture } from '@/features/create/model/runs';
import { savePicture } from '@/features/create/save-picture';
import { useFormat } from '@/lib/format';

const RECALLS: readonly Recall[] = ['everything', 'prompt', 'seed'];

interface RecipeProps {
  picture: Picture;
  /** When it stands for several pictures, it shows only what they share. */
  isAlone?: boolean;
  onRecalled?: () => void;
}

export function Recipe({ picture, isAlone = true, onRecalled }: RecipeProps) {
  const { t } = useTranslation();
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
}

function Facts({ picture, isAlone }: { picture: Picture; isAlone: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { spec } = picture;
  const facts = [
    ...(isAlone ? [{ key: 'seed', name: t('create.seed'), value: String(picture.seed) }] : []),
    { key: 'size', name: t('create.size'), value: format.size(spec.width, spec.height) },
    { key: 'steps', name: t('create.steps'), value: format.number(spec.steps) },
    { key: 'guidance', name: t('create.guidance'), value: format.number(spec.guidance) },
    { key: 'sampler', name: t('create.sampler'), value: samplerName(spec.sampler) },
    { key: 'schedule', name: t('create.schedule'), value: scheduleName(spec.schedule) },
    { key: 'model', name: t('create.model'), value: spec.model },
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(({ key, name, value }) => (
        <div key={key}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function PictureActions({ picture, onRecalled }: { picture: Picture; onRecalled: (() => void) | undefined }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const { recall } = useCreate();
  const { spec } = picture;
  return (
    <Group gap="xs">
      <Button
        variant="default"
        leftSection={<IconDownload size={18} />}
        onClick={() => savePicture({ url: picture.url, seed: picture.seed, prompt: spec.prompt })}
      >
        {t('recipe.download')}
      </Button>
      <Menu position="top-start" withinPortal zIndex={400}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconArrowBackUp size={18} />}>
            {t('recipe.recall')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {RECALLS.map((what) => (
            <Menu.Item
              key={what}
              onClick={() => {
                recall(spec, picture.seed, what);
                announce(t('recipe.recalled'));
                onRecalled?.();
              }}
            >
              {t(`recipe.recalls.${what}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
