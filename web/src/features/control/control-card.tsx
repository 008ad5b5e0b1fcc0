import { ActionIcon, Button, Group, Loader, NumberInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconAdjustments, IconRoute, IconX } from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { previewMap } from '@/api/controls';
import { useApi } from '@/api/port';
import { handIn } from '@/api/uploads';
import { Disclosure } from '@/components/disclosure';
import { ErrorNotice } from '@/components/error-notice';
import { useControls } from '@/features/control/control-context';
import type { Net } from '@/features/control/control-panel';
import styles from '@/features/control/control.module.css';
import { kindText } from '@/features/control/kind-text';
import { MAX_WEIGHT, presetOf, PRESETS, withFigures, type Control, type Figures, type Preset } from '@/features/control/model/control';
import { useReady } from '@/features/create/create-context';

const PoseDialog = lazy(async () => ({ default: (await import('@/features/control/pose-dialog')).PoseDialog }));

const PAUSE_MS = 400;

/** One ControlNet: its picture and map, how closely to follow it, and the exact figures. */
export function ControlCard({ control, net }: { control: Control; net: Net | null }) {
  const { t } = useTranslation('places');
  const { change, remove } = useControls();
  const [isPosing, setIsPosing] = useState(false);
  const presetId = useId();
  const preset = presetOf(control);
  const kind = kindText(t, net?.kind ?? control.model);
  return (
    <Stack gap="sm" className={styles.card ?? ''} role="group" aria-label={kind}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600}>
          {kind}
        </Text>
        <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={t('controls.remove', { kind })} title={t('controls.remove', { kind })} onClick={() => remove(control.id)}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
      <Maps control={control} />
      {control.pose && (
        <Button variant="default" size="xs" leftSection={<IconRoute size={16} />} onClick={() => setIsPosing(true)}>
          {t('controls.editPose')}
        </Button>
      )}
      <div>
        <Text size="sm" fw={600} mb={4} id={presetId}>
          {t('controls.closeness')}
          {preset === null && (
            <Text span size="sm" c="dimmed" fw={400}>
              {` · ${t('controls.own')}`}
            </Text>
          )}
        </Text>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-labelledby={presetId}
          value={preset ?? ''}
          onChange={(name) => change(control.id, PRESETS[name as Preset])}
          data={(Object.keys(PRESETS) as Preset[]).map((value) => ({ value, label: t(`controls.presets.${value}`) }))}
        />
      </div>
      <Disclosure label={t('controls.exact')} size="compact-xs" leftSection={<IconAdjustments size={16} />}>
        <div className={styles.figures}>
          <Figure control={control} name="weight" max={MAX_WEIGHT} />
          <Figure control={control} name="start" max={0.95} />
          <Figure control={control} name="end" max={1} />
        </div>
      </Disclosure>
      {isPosing && control.pose && (
        <Suspense>
          <PoseDialog
            poses={control.pose}
            onDone={(pose, file) => {
              change(control.id, { pose, file });
              setIsPosing(false);
            }}
            onClose={() => setIsPosing(false)}
          />
        </Suspense>
      )}
    </Stack>
  );
}

function Figure({ control, name, max }: { control: Control; name: keyof Figures; max: number }) {
  const { t } = useTranslation('places');
  const { change } = useControls();
  return (
    <NumberInput
      size="xs"
      label={t(`controls.${name}`)}
      value={control[name]}
      min={name === 'end' ? 0.05 : 0}
      max={max}
      step={0.05}
      decimalScale={2}
      clampBehavior="strict"
      allowNegative={false}
      onChange={(value) => typeof value === 'number' && change(control.id, withFigures(control, { [name]: value }))}
    />
  );
}

/** The picture and its map side by side; a map that is one already stands alone. */
function Maps({ control }: { control: Control }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const { parameters } = useReady();
  const [size] = useDebouncedValue(`${parameters.width}x${parameters.height}`, PAUSE_MS);
  const isMade = control.preprocessor !== 'none';
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['map', control.id, control.preprocessor, size],
    queryFn: async ({ signal }) => {
      const [width = 0, height = 0] = size.split('x').map(Number);
      return previewMap(api, { image: await handIn(api, control.file), preprocessor: control.preprocessor, width, height }, signal);
    },
    enabled: isMade,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  if (!isMade) return <img src={control.url} alt={t('controls.map')} className={styles.map} />;
  return (
    <>
      <div className={styles.maps}>
        <img src={control.url} alt={t('controls.picture')} className={styles.map} />
        <div className={styles.made} aria-busy={isFetching}>
          {data && <FileImage file={data} alt={t('controls.map')} />}
          {isFetching && <Loader size="sm" className={styles.loader ?? ''} aria-label={t('controls.making')} />}
        </div>
      </div>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
    </>
  );
}

/** What is only in memory; its link is given back when it is shown no more. */
function FileImage({ file, alt }: { file: Blob; alt: string }) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const url = URL.createObjectURL(file);
    if (image.current) image.current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [file]);
  return <img ref={image} alt={alt} className={styles.map} />;
}
