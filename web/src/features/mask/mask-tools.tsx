import { ActionIcon, Button, FileButton, Group, Menu, NumberInput, Popover, SegmentedControl, Slider, Stack, Text } from '@mantine/core';
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBrush,
  IconDots,
  IconDownload,
  IconEraser,
  IconHandStop,
  IconLasso,
  IconMaximize,
  IconPhotoUp,
  IconRectangle,
  IconRulerMeasure,
  IconSwitchHorizontal,
  IconTrash,
  IconZoomIn,
  IconZoomOut,
} from '@tabler/icons-react';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { greysOf, maskFile } from '@/features/mask/files';
import type { Mask, Rect } from '@/features/mask/model/mask';
import { LARGEST_BRUSH, SMALLEST_BRUSH } from '@/features/mask/model/view';
import styles from '@/features/mask/mask.module.css';
import type { Tool } from '@/features/mask/use-mask-pointers';
import { saveBlob } from '@/lib/download';

export interface MaskCommands {
  undo: () => void;
  redo: () => void;
  /** One step of its own. */
  draw: (action: (mask: Mask) => Rect) => void;
  zoom: (direction: 1 | -1) => void;
  fit: () => void;
}

interface MaskToolsProps {
  mask: Mask;
  tool: Tool;
  diameter: number;
  opacity: number;
  feather: number;
  commands: MaskCommands;
  onTool: (tool: Tool) => void;
  onDiameter: (diameter: number) => void;
  onOpacity: (opacity: number) => void;
  onFeather: (pixels: number) => void;
}

const TOOLS = [
  ['brush', IconBrush],
  ['eraser', IconEraser],
  ['rectangle', IconRectangle],
  ['lasso', IconLasso],
  ['hand', IconHandStop],
] as const;

export function MaskTools({ mask, tool, diameter, opacity, feather, commands, onTool, onDiameter, onOpacity, onFeather }: MaskToolsProps) {
  const { t } = useTranslation('places');
  return (
    <div className={styles.tools}>
      <SegmentedControl<Tool>
        aria-label={t('mask.tool')}
        value={tool}
        onChange={onTool}
        data={TOOLS.map(([value, Icon]) => ({
          value,
          label: <Icon size={20} aria-label={t(`mask.tools.${value}`)} role="img" title={t(`mask.tools.${value}`)} />,
        }))}
      />
      <Measure label={t('mask.size')} value={diameter} min={SMALLEST_BRUSH} max={LARGEST_BRUSH} onChange={onDiameter} isCurved />
      <Measure label={t('mask.opacity')} value={Math.round(opacity * 100)} min={10} max={100} onChange={(value) => onOpacity(value / 100)} />
      <Measure label={t('mask.feather')} value={feather} min={0} max={64} onChange={onFeather} />
      <Group gap={2}>
        <Command label={t('mask.undo')} onClick={commands.undo} isOff={!mask.canUndo} icon={<IconArrowBackUp size={20} />} />
        <Command label={t('mask.redo')} onClick={commands.redo} isOff={!mask.canRedo} icon={<IconArrowForwardUp size={20} />} />
        <Command label={t('mask.zoomOut')} onClick={() => commands.zoom(-1)} icon={<IconZoomOut size={20} />} />
        <Command label={t('mask.fit')} onClick={commands.fit} icon={<IconMaximize size={20} />} />
        <Command label={t('mask.zoomIn')} onClick={() => commands.zoom(1)} icon={<IconZoomIn size={20} />} />
        <Numbers mask={mask} commands={commands} />
        <More mask={mask} commands={commands} />
      </Group>
    </div>
  );
}

interface MeasureProps {
  label: string;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
  isCurved?: boolean;
}

/** `isCurved`: fine where the values are small. */
function Measure({ label, value, min, max, onChange, isCurved = false }: MeasureProps) {
  const labelId = useId();
  const there = (one: number) => (isCurved ? Math.log2(one) * 100 : one);
  const back = (one: number) => Math.round(isCurved ? 2 ** (one / 100) : one);
  return (
    <div className={styles.label}>
      <Text span size="sm" id={labelId}>
        {label}
      </Text>
      <Slider
        className={styles.slider ?? ''}
        label={null}
        min={there(min)}
        max={there(max)}
        value={there(value)}
        onChange={(next) => onChange(back(next))}
        thumbProps={{ 'aria-labelledby': labelId, 'aria-valuetext': String(value) }}
      />
    </div>
  );
}

interface CommandProps {
  label: string;
  icon: ReactNode;
  isOff?: boolean;
  onClick: () => void;
}

/** Off, it keeps the focus: from a button that is truly disabled it would fall out of the editor, whose keys would then be dead. */
function Command({ label, icon, isOff = false, onClick }: CommandProps) {
  const off = isOff && { 'aria-disabled': true, 'data-disabled': true };
  return (
    <ActionIcon {...off} variant="subtle" color="gray" c={isOff ? 'dimmed' : 'inherit'} size={36} aria-label={label} title={label} onClick={isOff ? undefined : onClick}>
      {icon}
    </ActionIcon>
  );
}

/** Mantine's dialogue closes at every Escape but one pressed on what bears this; here it is to close the small box alone. */
const KEEPS_ESCAPE = { 'data-mantine-stop-propagation': 'true' };
const SIDES = ['left', 'top', 'width', 'height'] as const;

function Numbers({ mask, commands }: { mask: Mask; commands: MaskCommands }) {
  const { t } = useTranslation('places');
  const [box, setBox] = useState({ left: 0, top: 0, width: Math.round(mask.width / 2), height: Math.round(mask.height / 2) });
  const draw = (isOn: boolean) =>
    commands.draw((drawn) => drawn.rectangle({ left: box.left, top: box.top, right: box.left + box.width, bottom: box.top + box.height }, isOn));
  return (
    <Popover withinPortal trapFocus withRoles>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" c="inherit" size={36} aria-label={t('mask.numbers')} title={t('mask.numbers')}>
          <IconRulerMeasure size={20} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('mask.numbers')}>
        <Stack gap="xs">
          <Group gap="xs" maw={200}>
            {SIDES.map((side) => (
              <NumberInput
                key={side}
                {...KEEPS_ESCAPE}
                size="xs"
                w={92}
                label={t(`mask.${side}`)}
                min={0}
                max={side === 'left' || side === 'width' ? mask.width : mask.height}
                allowDecimal={false}
                value={box[side]}
                onChange={(value) => typeof value === 'number' && setBox({ ...box, [side]: value })}
              />
            ))}
          </Group>
          <Group gap="xs">
            <Button {...KEEPS_ESCAPE} size="xs" onClick={() => draw(true)}>
              {t('mask.addRectangle')}
            </Button>
            <Button {...KEEPS_ESCAPE} size="xs" variant="default" onClick={() => draw(false)}>
              {t('mask.removeRectangle')}
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function More({ mask, commands }: { mask: Mask; commands: MaskCommands }) {
  const { t } = useTranslation('places');
  const [isUnreadable, setIsUnreadable] = useState(false);
  const load = (file: File | null) => {
    if (file === null) return;
    setIsUnreadable(false);
    greysOf(file, mask.width, mask.height)
      .then((greys) => commands.draw((drawn) => drawn.load(greys)))
      .catch(() => setIsUnreadable(true));
  };
  return (
    <>
      <Command label={t('mask.invert')} icon={<IconSwitchHorizontal size={20} />} onClick={() => commands.draw((drawn) => drawn.invert())} />
      <FileButton accept="image/*" onChange={load}>
        {({ onClick }) => (
          <Menu withinPortal>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" c="inherit" size={36} aria-label={t('mask.more')} title={t('mask.more')}>
                <IconDots size={20} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconPhotoUp size={16} />} onClick={onClick}>
                {t('mask.import')}
              </Menu.Item>
              <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => void maskFile(mask).then((file) => saveBlob(file, 'mask.png'))}>
                {t('mask.export')}
              </Menu.Item>
              <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => commands.draw((drawn) => drawn.rectangle(drawn.whole, false))}>
                {t('mask.clear')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </FileButton>
      {isUnreadable && (
        <Text size="sm" role="alert" c="var(--mantine-color-error)">
          {t('source.unreadable')}
        </Text>
      )}
    </>
  );
}
