import { Button, Group, Modal, Text } from '@mantine/core';
import { IconFlipVertical, IconRestore, IconUserMinus, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '@/features/control/control.module.css';
import { mirrored, poseFile, standing, type Pose } from '@/features/control/model/pose';
import { PosePaper } from '@/features/control/pose-paper';
import { useReady } from '@/features/create/create-context';
import { withPlaces } from '@/lib/i18n/places';

const MOST_FIGURES = 4;

interface PoseDialogProps {
  poses: readonly Pose[];
  onDone: (poses: readonly Pose[], map: Blob) => void;
  onClose: () => void;
}

/** Figures whose points are dragged about; what they become is the map that a pose ControlNet follows. */
export const PoseDialog = withPlaces(function PoseDialog({ poses: first, onDone, onClose }: PoseDialogProps) {
  const { t } = useTranslation(['places', 'translation']);
  const { parameters } = useReady();
  const { width, height } = parameters;
  const [poses, setPoses] = useState(first);
  const done = async () => onDone(poses, await poseFile(poses, width, height));
  return (
    <Modal
      opened
      fullScreen
      onClose={onClose}
      title={t('pose.title')}
      closeButtonProps={{ 'aria-label': t('translation:common.close') }}
      classNames={{ body: styles.posing ?? '', content: styles.posingContent ?? '' }}
    >
      <Text size="sm" c="dimmed">
        {t('pose.help')}
      </Text>
      <PosePaper poses={poses} ratio={width / height} onChange={setPoses} />
      <Group gap="xs">
        <Button
          variant="default"
          size="xs"
          leftSection={<IconUserPlus size={16} />}
          disabled={poses.length >= MOST_FIGURES}
          onClick={() => setPoses([...poses, standing(poses.length % 2 === 1 ? -0.25 : 0.25)])}
        >
          {t('pose.more')}
        </Button>
        <Button variant="default" size="xs" leftSection={<IconUserMinus size={16} />} disabled={poses.length < 2} onClick={() => setPoses(poses.slice(0, -1))}>
          {t('pose.fewer')}
        </Button>
        <Button variant="default" size="xs" leftSection={<IconFlipVertical size={16} />} onClick={() => setPoses(poses.map(mirrored))}>
          {t('pose.mirror')}
        </Button>
        <Button variant="default" size="xs" leftSection={<IconRestore size={16} />} onClick={() => setPoses([standing()])}>
          {t('pose.reset')}
        </Button>
        <Button ml="auto" onClick={() => void done()}>
          {t('pose.done')}
        </Button>
      </Group>
    </Modal>
  );
});
