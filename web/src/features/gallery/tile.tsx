import { IconCheck, IconHeartFilled } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { memo } from 'react';
import type { GalleryPicture } from '@/api/pictures';
import styles from '@/features/gallery/gallery.module.css';
import type { Formatters } from '@/lib/format';

interface TileProps {
  picture: GalleryPicture;
  index: number;
  isActive: boolean;
  /** Null while nothing is being chosen. */
  isChosen: boolean | null;
  t: TFunction<'places'>;
  format: Formatters;
}

/**
 * A picture of the grid. Hundreds come and go in a second of scrolling: it is drawn anew only for what it shows, so the grid
 * hears its events, and it has no hook and no component of a library.
 */
export const Tile = memo(function Tile({ picture, index, isActive, isChosen, t, format }: TileProps) {
  const facts = { prompt: picture.spec.prompt, date: format.date(new Date(picture.createdAt)) };
  return (
    <button
      type="button"
      className={styles.tile}
      data-index={index}
      tabIndex={isActive ? 0 : -1}
      aria-label={isChosen === null ? t('gallery.open', facts) : t('gallery.choose', facts)}
      {...(isChosen !== null && { 'aria-pressed': isChosen })}
    >
      <img ref={loadWhileShown} src={picture.thumbnailUrl} alt="" decoding="async" className={styles.picture} />
      {isChosen !== null && (
        <span className={styles.check} aria-hidden>
          {isChosen && <IconCheck size={16} stroke={3} />}
        </span>
      )}
      {picture.isFavourite && <IconHeartFilled size={18} className={styles.heart ?? ''} aria-label={t('gallery.isFavourite')} />}
    </button>
  );
});

/** A browser goes on loading what is nowhere to be seen any more; those that are would wait behind it. */
const loadWhileShown = (image: HTMLImageElement) => () => image.removeAttribute('src');

/** Which tile an event came from; null for one from between them. */
export function indexOf(target: EventTarget): number | null {
  const index = target instanceof Element ? target.closest<HTMLElement>('[data-index]')?.dataset.index : undefined;
  return index === undefined ? null : Number(index);
}
