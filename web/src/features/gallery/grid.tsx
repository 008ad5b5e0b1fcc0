import { UnstyledButton } from '@mantine/core';
import { IconCheck, IconHeartFilled } from '@tabler/icons-react';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { GalleryPicture } from '@/api/pictures';
import styles from '@/features/gallery/gallery.module.css';
import { moved } from '@/features/gallery/model/window';
import { useWindow } from '@/features/gallery/use-window';
import { useLongPress } from '@/features/gallery/use-long-press';
import { useFormat } from '@/lib/format';

export interface GridProps {
  pictures: readonly GalleryPicture[];
  /** Null while nothing is being chosen. */
  chosen: ReadonlySet<string> | null;
  onOpen: (picture: GalleryPicture) => void;
  /** `isRange`: together with all between it and the one that was pressed before. */
  onChoose: (index: number, isRange: boolean) => void;
  onKey: (picture: GalleryPicture, key: string) => void;
  onNearEnd: () => void;
  onBroken: () => void;
}

/** An endless grid of which only what can be seen exists. One tile takes part in the order of Tab; arrows move on from it. */
export function Grid({ pictures, chosen, onOpen, onChoose, onKey, onNearEnd, onBroken }: GridProps) {
  const { t } = useTranslation('places');
  const list = useRef<HTMLUListElement>(null);
  const { layout, rows, showRow } = useWindow(list, pictures.length);
  const [current, setCurrent] = useState(0);
  const isMoving = useRef(false);
  const active = Math.min(current, pictures.length - 1);

  useEffect(() => {
    if (rows.last >= pictures.length - layout.columns * 4) onNearEnd();
  }, [rows.last, pictures.length, layout.columns, onNearEnd]);

  useLayoutEffect(() => {
    if (!isMoving.current) return;
    const tile = list.current?.querySelector<HTMLElement>(`[data-index='${active}']`);
    if (!tile) return;
    isMoving.current = false;
    tile.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const picture = pictures[active];
    if (!picture || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(active, event.key, pictures.length, layout.columns);
    if (next !== null) {
      isMoving.current = true;
      setCurrent(next);
      showRow(Math.floor(next / layout.columns));
      if (event.shiftKey && chosen) onChoose(next, true);
    } else if (event.key === ' ') {
      onChoose(active, event.shiftKey);
    } else {
      onKey(picture, event.key);
      return;
    }
    event.preventDefault();
  };

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys are those of the buttons inside
    <ul
      ref={list}
      className={styles.grid}
      aria-label={t('gallery.grid')}
      style={{
        gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))`,
        paddingBlock: `${rows.before}px ${rows.after}px`,
      }}
      onKeyDown={onKeyDown}
    >
      {pictures.slice(rows.first, rows.last).map((picture, offset) => {
        const index = rows.first + offset;
        return (
          <Tile
            key={picture.id}
            picture={picture}
            index={index}
            count={pictures.length}
            isActive={index === active}
            isChosen={chosen?.has(picture.id) ?? null}
            onFocus={() => setCurrent(index)}
            onPress={(event) => {
              const wantsMany = event !== null && (event.ctrlKey || event.metaKey || event.shiftKey);
              if (chosen === null && event !== null && !wantsMany) onOpen(picture);
              else onChoose(index, event?.shiftKey ?? false);
            }}
            onBroken={onBroken}
          />
        );
      })}
    </ul>
  );
}

interface TileProps {
  picture: GalleryPicture;
  index: number;
  count: number;
  isActive: boolean;
  isChosen: boolean | null;
  onFocus: () => void;
  /** Null for a long press, which chooses. */
  onPress: (event: MouseEvent | null) => void;
  onBroken: () => void;
}

function Tile({ picture, index, count, isActive, isChosen, onFocus, onPress, onBroken }: TileProps) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const facts = { prompt: picture.spec.prompt, date: format.date(new Date(picture.createdAt)) };
  const longPress = useLongPress(() => onPress(null));
  return (
    <li className={styles.item} aria-setsize={count} aria-posinset={index + 1}>
      <UnstyledButton
        className={styles.tile ?? ''}
        data-index={index}
        tabIndex={isActive ? 0 : -1}
        aria-label={isChosen === null ? t('gallery.open', facts) : t('gallery.choose', facts)}
        {...(isChosen !== null && { 'aria-pressed': isChosen })}
        onFocus={onFocus}
        {...longPress}
        onClick={onPress}
      >
        <img src={picture.thumbnailUrl} alt="" decoding="async" className={styles.picture} onError={onBroken} />
        {isChosen !== null && (
          <span className={styles.check} aria-hidden>
            {isChosen && <IconCheck size={16} stroke={3} />}
          </span>
        )}
        {picture.isFavourite && <IconHeartFilled size={18} className={styles.heart ?? ''} aria-label={t('gallery.isFavourite')} />}
      </UnstyledButton>
    </li>
  );
}
