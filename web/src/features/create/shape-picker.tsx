import { SegmentedControl, Text, UnstyledButton } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { fitShape, RATIOS, shapeOf, SHAPES, SIZES, type Shape, type Size } from '@/features/create/model/shapes';
import { useFormat } from '@/lib/format';

export function ShapePicker() {
  const { t } = useTranslation();
  const format = useFormat();
  const { parameters, model, change } = useReady();
  const { capabilities } = model;
  const current = shapeOf(parameters.width, parameters.height, capabilities);
  const [shapeId, sizeId] = [useId(), useId()];
  return (
    <div>
      <Text size="sm" fw={600} mb={4} id={shapeId}>
        {t('create.shape')}
        <Text span size="sm" c="dimmed" fw={400}>
          {' · '}
          {format.size(parameters.width, parameters.height)}
        </Text>
      </Text>
      <div role="radiogroup" aria-labelledby={shapeId} className={styles.shapes}>
        {SHAPES.map((shape) => (
          <ShapeButton
            key={shape}
            shape={shape}
            isChosen={current?.shape === shape}
            isFirst={current === null && shape === 'square'}
            onChoose={(chosen) => change(fitShape(chosen, current?.size ?? 'medium', capabilities))}
          />
        ))}
      </div>
      <Text size="sm" fw={600} mb={4} mt="md" id={sizeId}>
        {t('create.size')}
      </Text>
      <SegmentedControl
        fullWidth
        aria-labelledby={sizeId}
        value={current?.size ?? ''}
        onChange={(size) => change(fitShape(current?.shape ?? 'square', size as Size, capabilities))}
        data={SIZES.map((value) => ({ value, label: t(`create.sizes.${value}`) }))}
      />
    </div>
  );
}

interface ShapeButtonProps {
  shape: Shape;
  isChosen: boolean;
  isFirst: boolean;
  onChoose: (shape: Shape) => void;
}

const LONG = 20;

/** One radio of the group: the arrows choose, as in the browser's own radios. */
function ShapeButton({ shape, isChosen, isFirst, onChoose }: ShapeButtonProps) {
  const { t } = useTranslation();
  const [across, down] = RATIOS[shape];
  const longest = Math.max(across, down);
  const move = (by: number, from: HTMLElement) => {
    const next = SHAPES[(SHAPES.indexOf(shape) + by + SHAPES.length) % SHAPES.length] ?? shape;
    onChoose(next);
    from.parentElement?.querySelector<HTMLElement>(`[data-shape="${next}"]`)?.focus();
  };
  return (
    <UnstyledButton
      role="radio"
      aria-checked={isChosen}
      data-shape={shape}
      tabIndex={isChosen || isFirst ? 0 : -1}
      className={styles.shape ?? ''}
      onClick={() => onChoose(shape)}
      onKeyDown={(event) => {
        const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        move(by, event.currentTarget);
      }}
    >
      <span className={styles.shapeBox}>
        <span
          className={styles.shapeIcon}
          style={{ width: (LONG * across) / longest, height: (LONG * down) / longest }}
        />
      </span>
      <span className={styles.shapeName}>{t(`create.shapes.${shape}`)}</span>
    </UnstyledButton>
  );
}
