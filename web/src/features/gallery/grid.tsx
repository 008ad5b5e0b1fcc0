import { useEffect, useLayoutEffect, useRef, useState, type FocusEvent, type KeyboardEvent, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { GalleryPicture } from '@/api/pictures';
import styles from '@/features/gallery/gallery.module.css';
import { moved } from '@/features/gallery/model/window';
import { indexOf, Tile } from '@/features/gallery/tile';
import { useLongPress } from '@/features/gallery/use-long-press';
import { useWindow } from '@/features/gallery/use-window';
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
  const format = useFormat();
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

  const onFocus = ({ target }: FocusEvent) => setCurrent(indexOf(target) ?? current);

  const onClick = ({ target, ctrlKey, metaKey, shiftKey }: MouseEvent) => {
    const index = indexOf(target);
    const picture = index === null ? undefined : pictures[index];
    if (index === null || picture === undefined) return;
    if (chosen === null && !ctrlKey && !metaKey && !shiftKey) onOpen(picture);
    else onChoose(index, shiftKey);
  };

  const longPress = useLongPress((target) => {
    const index = indexOf(target);
    if (index !== null) onChoose(index, false);
  });

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- these are the events of the buttons inside
    <ul
      ref={list}
      className={styles.grid}
      aria-label={t('gallery.grid')}
      style={{
        gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))`,
        paddingBlock: `${rows.before}px ${rows.after}px`,
      }}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onErrorCapture={onBroken}
      {...longPress}
      onClick={onClick}
    >
      {pictures.slice(rows.first, rows.last).map((picture, offset) => {
        const index = rows.first + offset;
        return (
          <li key={picture.id} className={styles.item} aria-setsize={pictures.length} aria-posinset={index + 1}>
            <Tile picture={picture} index={index} isActive={index === active} isChosen={chosen?.has(picture.id) ?? null} t={t} format={format} />
          </li>
        );
      })}
    </ul>
  );
}
