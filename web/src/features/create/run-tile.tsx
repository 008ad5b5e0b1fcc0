import { Progress, Text, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from '@/features/create/create.module.css';
import type { Run, RunImage } from '@/features/create/model/runs';
import { savePicture } from '@/features/create/save-picture';
import { useFormat } from '@/lib/format';

interface RunTileProps {
  run: Run;
  image: RunImage;
  index: number;
  onOpen: () => void;
}

/** One image: a grey place, then a preview that sharpens, then a button that opens the picture. */
export function RunTile({ run, image, index, onOpen }: RunTileProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { width, height, prompt } = run.spec;
  const shape = { aspectRatio: `${width} / ${height}`, '--avila-ratio': width / height };
  if (image.picture !== null) {
    const { url, seed } = image.picture;
    return (
      <UnstyledButton
        className={styles.tile ?? ''}
        style={shape}
        aria-label={t('run.open', { number: index + 1, prompt })}
        onClick={onOpen}
        onKeyDown={(event) => {
          if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          savePicture({ url, seed, prompt });
        }}
      >
        <img src={url} alt={prompt} className={styles.picture} />
      </UnstyledButton>
    );
  }
  const isWaiting = image.fraction === 0;
  const label = () => {
    if (isWaiting) return t('run.waiting');
    return image.fraction >= 1 ? t('run.finishing') : format.percent(image.fraction);
  };
  return (
    <div className={styles.tile} style={shape} data-busy>
      {image.previewUrl !== null && <img src={image.previewUrl} alt="" className={styles.preview} />}
      <div className={styles.tileFoot}>
        <Text size="xs" fw={600}>
          {label()}
        </Text>
        <Progress
          value={isWaiting ? 100 : image.fraction * 100}
          animated={isWaiting}
          striped={isWaiting}
          size="sm"
          aria-label={t('run.progress', { number: index + 1 })}
        />
      </div>
    </div>
  );
}
