import { ActionIcon, Button, Group, Modal, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowBackUp, IconChevronLeft, IconChevronRight, IconPhotoPlus, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { GalleryPicture, Marks } from '@/api/pictures';
import { useCreate } from '@/features/create/create-context';
import viewer from '@/features/create/create.module.css';
import { Recipe } from '@/features/create/recipe';
import { savePicture } from '@/features/create/save-picture';
import styles from '@/features/gallery/gallery.module.css';
import { PictureMarks } from '@/features/gallery/marks';
import { useSource } from '@/features/source/source-context';
import { useFormat } from '@/lib/format';
import { isTyping, useShortcut } from '@/lib/shortcuts';

interface PictureViewProps {
  pictures: readonly GalleryPicture[];
  id: string;
  isTrash: boolean;
  onMove: (id: string) => void;
  onMark: (picture: GalleryPicture, marks: Marks) => void;
  onTrash: (picture: GalleryPicture) => void;
  onRestore: (picture: GalleryPicture) => void;
  onClose: () => void;
}

/** The large view: the picture, its marks and its whole recipe. Arrows go on, F marks, 0 to 5 rate, Delete throws away. */
export function PictureView({ pictures, id, isTrash, onMove, onMark, onTrash, onRestore, onClose }: PictureViewProps) {
  const { t } = useTranslation(['translation', 'places']);
  const isNarrow = useMediaQuery('(max-width: 61.99em)', false, { getInitialValueInEffect: false });
  const index = pictures.findIndex((picture) => picture.id === id);
  const picture = pictures[index];
  useShortcut('save', () => picture && savePicture({ ...picture, prompt: picture.spec.prompt }));
  if (!picture) return null;
  const go = (by: number) => onMove(pictures[(index + by + pictures.length) % pictures.length]?.id ?? id);
  const onKey = (key: string): boolean => {
    if (key === 'ArrowRight') go(1);
    else if (key === 'ArrowLeft') go(-1);
    else if (key === 'f') onMark(picture, { is_favourite: !picture.isFavourite });
    else if (/^[0-5]$/.test(key)) onMark(picture, { rating: Number(key) });
    else if (key === 'Delete') (isTrash ? onRestore : onTrash)(picture);
    else return false;
    return true;
  };
  const ratio = picture.spec.width / picture.spec.height;
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
        if (!isTyping(event.target) && !event.ctrlKey && !event.metaKey && onKey(event.key)) event.preventDefault();
      }}
    >
      <div className={styles.view}>
        <div className={viewer.viewerStage}>
          <img src={picture.url} alt={picture.spec.prompt} className={viewer.viewerPicture} style={{ '--avila-ratio': ratio }} />
          {pictures.length > 1 && (
            <>
              <ActionIcon className={viewer.previous ?? ''} size="xl" radius="xl" variant="default" aria-label={t('viewer.previous')} onClick={() => go(-1)}>
                <IconChevronLeft />
              </ActionIcon>
              <ActionIcon className={viewer.next ?? ''} size="xl" radius="xl" variant="default" aria-label={t('viewer.next')} onClick={() => go(1)}>
                <IconChevronRight />
              </ActionIcon>
            </>
          )}
        </div>
        <div className={styles.side}>
          {!isTrash && <PictureMarks key={picture.id} picture={picture} onMark={(marks) => onMark(picture, marks)} />}
          <Recipe picture={picture} onRecalled={onClose} />
          <Origin picture={picture} />
          <Group gap="xs">
            <StartFrom picture={picture} onTaken={onClose} />
            {isTrash ? (
              <Button variant="default" leftSection={<IconArrowBackUp size={18} />} onClick={() => onRestore(picture)}>
                {t('places:gallery.restore')}
              </Button>
            ) : (
              <Button variant="subtle" color="red" leftSection={<IconTrash size={18} />} onClick={() => onTrash(picture)}>
                {t('places:gallery.toTrash')}
              </Button>
            )}
          </Group>
        </div>
      </div>
    </Modal>
  );
}

function StartFrom({ picture, onTaken }: { picture: GalleryPicture; onTaken: () => void }) {
  const { t } = useTranslation('places');
  const { take } = useSource();
  const { model } = useCreate();
  const navigate = useNavigate();
  if (model?.capabilities.img2img !== true) return null;
  const start = async () => {
    await take(await (await fetch(picture.url)).blob());
    onTaken();
    await navigate({ to: '/' });
  };
  return (
    <Button variant="default" leftSection={<IconPhotoPlus size={18} />} onClick={() => void start()}>
      {t('source.use')}
    </Button>
  );
}

function Origin({ picture }: { picture: GalleryPicture }) {
  const { t } = useTranslation('places');
  const format = useFormat();
  return (
    <Text size="sm" c="dimmed">
      {t('gallery.made')} {format.date(new Date(picture.createdAt))} · {t('gallery.file')}{' '}
      {picture.mediaType.replace('image/', '').toUpperCase()}, {format.bytes(picture.bytes)}
    </Text>
  );
}
