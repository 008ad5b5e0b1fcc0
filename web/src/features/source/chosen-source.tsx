import { ActionIcon, Button, Group, Modal, NativeSelect, NumberInput, Slider, Stack, Switch, Text } from '@mantine/core';
import { IconBrush, IconX } from '@tabler/icons-react';
import { lazy, Suspense, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MASK_CONTENTS, RESIZE_MODES, type MaskContent, type ResizeMode } from '@/api/types';
import { Mask } from '@/features/mask/model/mask';
import { strengthWord, type Source } from '@/features/source/model';
import styles from '@/features/source/source.module.css';
import { useFormat } from '@/lib/format';
import { withPlaces } from '@/lib/i18n/places';

const MaskEditor = lazy(async () => ({ default: (await import('@/features/mask/mask-editor')).MaskEditor }));

interface ChosenProps {
  source: Source;
  onChange: (changes: Partial<Source>) => void;
  onRemove: () => void;
  mayPaint: boolean;
}

/** The picture to start from: how far to change it, and where. */
export function Chosen({ source, onChange, onRemove, mayPaint }: ChosenProps) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const strengthId = useId();
  const [isPainting, setIsPainting] = useState(false);
  const paint = () => {
    if (source.mask === null) onChange({ mask: new Mask(source.width, source.height) });
    setIsPainting(true);
  };
  return (
    <Stack gap="sm">
      <Group wrap="nowrap" align="start" gap="sm">
        <img src={source.url} alt={t('source.alt')} className={styles.thumbnail} />
        <Stack gap={6} flex={1}>
          <Text size="sm">{format.size(source.width, source.height)}</Text>
          {mayPaint && (
            <Button size="xs" variant="default" leftSection={<IconBrush size={16} />} onClick={paint}>
              {source.mask === null ? t('source.paint') : t('source.edit')}
            </Button>
          )}
          {source.mask !== null && (
            <Button size="compact-xs" variant="subtle" color="gray" c="inherit" onClick={() => onChange({ mask: null })}>
              {t('source.withoutMask')}
            </Button>
          )}
        </Stack>
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={t('source.remove')} title={t('source.remove')} onClick={onRemove}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
      <div>
        <Text size="sm" fw={600} id={strengthId}>
          {t('source.strength')}
          <Text span size="sm" c="dimmed" fw={400}>
            {` · ${t(`source.strengths.${strengthWord(source.strength)}`)} (${format.number(source.strength)})`}
          </Text>
        </Text>
        <Slider
          min={0.05}
          max={1}
          step={0.05}
          label={null}
          value={source.strength}
          onChange={(strength) => onChange({ strength })}
          thumbProps={{ 'aria-labelledby': strengthId, 'aria-valuetext': format.number(source.strength) }}
        />
      </div>
      <NativeSelect
        size="xs"
        label={t('source.resize')}
        value={source.resizeMode}
        onChange={({ currentTarget: { value } }) => onChange({ resizeMode: value as ResizeMode })}
        data={RESIZE_MODES.map((value) => ({ value, label: t(`source.resizes.${value}`) }))}
      />
      {isPainting && source.mask && <Painting source={source} mask={source.mask} onChange={onChange} onClose={() => setIsPainting(false)} />}
    </Stack>
  );
}

interface PaintingProps {
  source: Source;
  mask: Mask;
  onChange: (changes: Partial<Source>) => void;
  onClose: () => void;
}

const Painting = withPlaces(function Painting({ source, mask, onChange, onClose }: PaintingProps) {
  const { t } = useTranslation(['places', 'translation']);
  return (
    <Modal
      opened
      fullScreen
      onClose={onClose}
      title={t('mask.title')}
      closeButtonProps={{ 'aria-label': t('translation:common.close') }}
      classNames={{ body: styles.painting ?? '', content: styles.paintingContent ?? '' }}
    >
      <Suspense>
        <MaskEditor url={source.url} mask={mask} feather={source.feather} onFeather={(feather) => onChange({ feather })} onChange={() => onChange({})} />
      </Suspense>
      <div className={styles.maskOptions}>
        <NativeSelect
          size="xs"
          label={t('mask.content')}
          value={source.content}
          onChange={({ currentTarget: { value } }) => onChange({ content: value as MaskContent })}
          data={MASK_CONTENTS.map((value) => ({ value, label: t(`mask.contents.${value}`) }))}
        />
        <Switch label={t('mask.onlyMasked')} checked={source.isOnlyMasked} onChange={({ currentTarget: { checked } }) => onChange({ isOnlyMasked: checked })} />
        {source.isOnlyMasked && (
          <NumberInput
            size="xs"
            w={160}
            label={t('mask.padding')}
            min={0}
            max={256}
            allowDecimal={false}
            value={source.padding}
            onChange={(value) => typeof value === 'number' && onChange({ padding: value })}
          />
        )}
        <Button ml="auto" onClick={onClose}>
          {t('mask.done')}
        </Button>
      </div>
    </Modal>
  );
});
