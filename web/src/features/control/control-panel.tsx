import { Button, FileButton, Group, Text } from '@mantine/core';
import { IconPhotoPlus, IconPlus, IconRoute } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CONTROLS, listControls } from '@/api/controls';
import { useApi } from '@/api/port';
import { ErrorNotice } from '@/components/error-notice';
import { MenuLater } from '@/components/menu-later';
import { useControls } from '@/features/control/control-context';
import { MOST_CONTROLS } from '@/features/control/model/control';
import { kindText } from '@/features/control/kind-text';
import styles from '@/features/control/control.module.css';
import { useReady } from '@/features/create/create-context';
import { useSource } from '@/features/source/source-context';
import { pictureIn } from '@/features/source/model';
import { withExtras } from '@/lib/i18n/places';

const ControlCard = lazy(async () => ({ default: (await import('@/features/control/control-card')).ControlCard }));
const NewPose = lazy(async () => ({ default: (await import('@/features/control/new-pose')).NewPose }));

/** What leads the new picture: edges, depth or a pose of another one, or maps that were made elsewhere. */
export const ControlPanel = withExtras(function ControlPanel() {
  const { t } = useTranslation('places');
  const { controls, add } = useControls();
  const [problem, setProblem] = useState<string | null>(null);
  const nets = useNets();
  const take = (model: string, preprocessor: string) => (file: Blob | null) => {
    if (file === null) return;
    setProblem(null);
    add({ model, preprocessor, file }).catch(() => setProblem(t('source.unreadable')));
  };
  const first = nets.found[0];
  return (
    <section
      className={styles.panel}
      aria-label={t('controls.title')}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        const file = pictureIn(event.dataTransfer);
        if (!file || !first) return;
        event.preventDefault(); // and so it does not become the picture to start from
        take(first.name, first.maker ?? 'none')(file);
      }}
    >
      {controls.map((control) => (
        <Suspense key={control.id}>
          <ControlCard control={control} net={nets.found.find(({ name }) => name === control.model) ?? null} />
        </Suspense>
      ))}
      <Group justify="space-between" gap="xs">
        <Text size="sm" c="dimmed" flex="1 1 12rem">
          {t('controls.help')}
        </Text>
        {controls.length < MOST_CONTROLS && (
          <Group gap={6}>
            {nets.found.map((net) => (
              <AddButton key={net.name} net={net} isAlone={nets.found.length === 1} onTake={take} />
            ))}
          </Group>
        )}
      </Group>
      {nets.error && <ErrorNotice error={nets.error} onRetry={nets.retry} />}
      {problem !== null && (
        <Text size="sm" role="alert" c="var(--mantine-color-error)">
          {problem}
        </Text>
      )}
    </section>
  );
});

export interface Net {
  name: string;
  /** What its maps show: `canny`, `depth`, `pose` or another word. */
  kind: string;
  /** The preprocessor that makes them here; null where only ready-made ones can be used. */
  maker: string | null;
}

/** The chosen model's ControlNets. */
function useNets() {
  const api = useApi();
  const { model } = useReady();
  const { data, error, refetch } = useQuery({ queryKey: CONTROLS, queryFn: ({ signal }) => listControls(api, signal) });
  const usable = (data?.preprocessors ?? []).filter(({ is_installed }) => is_installed).map(({ name }) => name);
  const found: Net[] = (data?.controls ?? [])
    .filter((control) => control.model === model.id)
    .map(({ name, preprocessor }) => ({ name, kind: preprocessor === 'none' ? name : preprocessor, maker: preprocessor !== 'none' && usable.includes(preprocessor) ? preprocessor : null }));
  return { found, error, retry: () => void refetch() };
}

interface AddButtonProps {
  net: Net;
  isAlone: boolean;
  onTake: (model: string, preprocessor: string) => (file: Blob | null) => void;
}

/** The ways to a map for one ControlNet. */
function AddButton({ net, isAlone, onTake }: AddButtonProps) {
  const { t } = useTranslation('places');
  const { source } = useSource();
  const [isPosing, setIsPosing] = useState(false);
  const { maker } = net;
  const kind = kindText(t, net.kind);
  return (
    <>
      <FileButton accept="image/*" onChange={onTake(net.name, maker ?? 'none')}>
        {({ onClick: choosePicture }) => (
          <FileButton accept="image/*" onChange={onTake(net.name, 'none')}>
            {({ onClick: chooseMap }) => (
              <MenuLater
                target={
                  <Button variant="default" size="xs" leftSection={<IconPlus size={16} />}>
                    {isAlone ? t('controls.add', { kind }) : kind}
                  </Button>
                }
                items={[
                  ...(maker === null ? [] : [{ label: t('controls.fromPicture'), icon: <IconPhotoPlus size={16} />, onClick: choosePicture }]),
                  ...(maker === null || source === null ? [] : [{ label: t('controls.fromSource'), onClick: () => onTake(net.name, maker)(source.file) }]),
                  ...(net.kind === 'pose' ? [{ label: t('controls.draw'), icon: <IconRoute size={16} />, onClick: () => setIsPosing(true) }] : []),
                  { label: t('controls.ready'), onClick: chooseMap },
                ]}
              />
            )}
          </FileButton>
        )}
      </FileButton>
      {isPosing && (
        <Suspense>
          <NewPose model={net.name} onClose={() => setIsPosing(false)} />
        </Suspense>
      )}
    </>
  );
}
