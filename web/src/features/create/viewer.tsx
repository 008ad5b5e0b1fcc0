import { ActionIcon, Modal } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '@/features/create/create.module.css';
import type { Picture } from '@/features/create/model/runs';
import { Recipe } from '@/features/create/recipe';
import { savePicture } from '@/features/create/save-picture';
import { isTyping, useShortcut } from '@/lib/shortcuts';

interface ViewerProps {
  pictures: readonly Picture[];
  startAt: string;
  onClose: () => void;
}

/** The large view, with the whole recipe. The arrows go to the next and the previous picture. */
export function Viewer({ pictures, startAt, onClose }: ViewerProps) {
  const { t } = useTranslation();
  const [id, setId] = useState(startAt);
  const isNarrow = useMediaQuery('(max-width: 61.99em)', false, { getInitialValueInEffect: false });
  const index = Math.max(0, pictures.findIndex((picture) => picture.id === id));
  const picture = pictures[index];
  useShortcut('save', () => picture && savePicture({ ...picture, prompt: picture.spec.prompt }));
  if (!picture) return null;
  const go = (by: number) => setId(pictures[(index + by + pictures.length) % pictures.length]?.id ?? id);
  return (
    <Modal
      opened
      onClose={onClose}
      size="auto"
      fullScreen={isNarrow}
      centered
      title={t('viewer.title', { number: index + 1, count: pictures.length })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      onKeyDown={(event) => {
        if (isTyping(event.target) || pictures.length < 2) return;
        if (event.key === 'ArrowRight') go(1);
        if (event.key === 'ArrowLeft') go(-1);
      }}
    >
      <div className={styles.viewer}>
        <div className={styles.viewerStage}>
          <img
            src={picture.url}
            alt={picture.spec.prompt}
            className={styles.viewerPicture}
            style={{ '--avila-ratio': picture.spec.width / picture.spec.height }}
          />
          {pictures.length > 1 && (
            <>
              <ActionIcon className={styles.previous ?? ''} size="xl" radius="xl" variant="default" aria-label={t('viewer.previous')} onClick={() => go(-1)}>
                <IconChevronLeft />
              </ActionIcon>
              <ActionIcon className={styles.next ?? ''} size="xl" radius="xl" variant="default" aria-label={t('viewer.next')} onClick={() => go(1)}>
                <IconChevronRight />
              </ActionIcon>
            </>
          )}
        </div>
        <Recipe picture={picture} onRecalled={onClose} />
      </div>
    </Modal>
  );
}
