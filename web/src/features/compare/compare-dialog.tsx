import { Modal, SegmentedControl, Table, Text, Title } from '@mantine/core';
import { useId, useRef, useState, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { withPlaces } from '@/lib/i18n/places';
import styles from '@/features/compare/compare.module.css';
import { differences, type Compared, type Difference } from '@/features/compare/differences';
import { samplerName, scheduleName } from '@/features/create/model/samplers';
import type { Picture } from '@/features/create/model/runs';
import { useFormat } from '@/lib/format';

interface CompareDialogProps {
  left: Picture;
  right: Picture;
  onClose: () => void;
}

const ZOOMS = ['1', '2', '4'];

/** Two pictures one over the other, with a slider between them, and what differs in their making. */
export const CompareDialog = withPlaces(function CompareDialog({ left, right, onClose }: CompareDialogProps) {
  const { t } = useTranslation(['translation', 'places']);
  const [zoom, setZoom] = useState('1');
  return (
    <Modal opened onClose={onClose} size="xl" title={t('places:compare.title')} closeButtonProps={{ 'aria-label': t('common.close') }} centered>
      <div className={styles.compare}>
        <Slider left={left} right={right} zoom={Number(zoom)} />
        <SegmentedControl
          size="xs"
          aria-label={t('places:compare.zoom')}
          value={zoom}
          onChange={setZoom}
          data={ZOOMS.map((value) => ({ value, label: `${value}×` }))}
        />
        <Differences left={left} right={right} />
      </div>
    </Modal>
  );
});

/**
 * A range input does the work: mouse, touch, arrows, Home and End, and a screen reader's ways, are the browser's own. It
 * lies over the pictures, so that one pulls the line itself. Both pictures scroll and zoom as one.
 */
function Slider({ left, right, zoom }: { left: Picture; right: Picture; zoom: number }) {
  const { t } = useTranslation(['translation', 'places']);
  const format = useFormat();
  const [split, setSplit] = useState(50);
  const [origin, setOrigin] = useState({ x: 50, y: 50 });
  const box = useRef<HTMLDivElement>(null);
  const follow = (event: PointerEvent) => {
    const area = box.current?.getBoundingClientRect();
    if (area === undefined || zoom === 1) return;
    setOrigin({ x: (100 * (event.clientX - area.left)) / area.width, y: (100 * (event.clientY - area.top)) / area.height });
  };
  const scaled = { transform: `scale(${zoom})`, transformOrigin: `${origin.x}% ${origin.y}%` };
  const ratio = left.spec.width / left.spec.height;
  return (
    <div ref={box} className={styles.slider} style={{ aspectRatio: ratio, '--avila-ratio': ratio }} onPointerMove={follow}>
      <img src={right.url} alt={right.spec.prompt} className={styles.picture} style={scaled} />
      <div className={styles.over} style={{ clipPath: `inset(0 ${100 - split}% 0 0)` }}>
        <img src={left.url} alt={left.spec.prompt} className={styles.picture} style={scaled} />
      </div>
      <div className={styles.line} style={{ left: `${split}%` }} aria-hidden />
      <input
        type="range"
        min={0}
        max={100}
        value={split}
        aria-label={t('places:compare.slider')}
        aria-valuetext={format.percent(split / 100)}
        className={styles.range}
        onChange={(event) => setSplit(Number(event.currentTarget.value))}
      />
    </div>
  );
}

const LABELS = {
  prompt: 'create.prompt',
  negativePrompt: 'create.negative',
  seed: 'create.seed',
  width: 'create.width',
  height: 'create.height',
  steps: 'create.steps',
  guidance: 'create.guidance',
  sampler: 'create.sampler',
  schedule: 'create.schedule',
  model: 'create.model',
} as const satisfies Record<Compared, string>;

function Differences({ left, right }: { left: Picture; right: Picture }) {
  const { t } = useTranslation(['translation', 'places']);
  const format = useFormat();
  const titleId = useId();
  const found = differences(left, right);
  const shown = ({ what }: Difference, value: string | number): string => {
    if (what === 'sampler') return samplerName(String(value));
    if (what === 'schedule') return scheduleName(String(value));
    return what === 'seed' || typeof value === 'string' ? String(value) : format.number(value);
  };
  if (found.length === 0) return <Text c="dimmed">{t('places:compare.same')}</Text>;
  return (
    <div className={styles.table}>
      <Title order={2} size="sm" id={titleId}>
        {t('places:compare.differences')}
      </Title>
      <Table aria-labelledby={titleId} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('places:compare.what')}</Table.Th>
            <Table.Th>{t('places:compare.left')}</Table.Th>
            <Table.Th>{t('places:compare.right')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {found.map((difference) => (
            <Table.Tr key={difference.what}>
              <Table.Th scope="row" fw={500}>
                {t(LABELS[difference.what])}
              </Table.Th>
              <Table.Td>{shown(difference, difference.left)}</Table.Td>
              <Table.Td>{shown(difference, difference.right)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
