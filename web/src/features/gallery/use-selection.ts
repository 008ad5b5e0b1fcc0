import { useMemo, useState } from 'react';
import type { GalleryPicture } from '@/api/pictures';

/** Which of the pictures are chosen; forgotten when choosing ends, and what is gone is chosen no more. */
export function useSelection(pictures: readonly GalleryPicture[], isOn: boolean) {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState(0);
  const [wasOn, setWasOn] = useState(isOn);
  if (wasOn !== isOn) {
    setWasOn(isOn);
    if (!isOn) setMarked(new Set());
  }
  // Looked for among all that are loaded only when there is something to find.
  const chosenPictures = useMemo(() => (marked.size === 0 ? [] : pictures.filter(({ id }) => marked.has(id))), [pictures, marked]);
  const chosen = useMemo(() => new Set(chosenPictures.map(({ id }) => id)), [chosenPictures]);
  return {
    chosen,
    pictures: chosenPictures,
    ids: chosenPictures.map(({ id }) => id),
    clear: () => setMarked(new Set()),
    choose: (index: number, isRange: boolean) => {
      const next = new Set(chosen);
      if (isRange) {
        const [from, to] = anchor < index ? [anchor, index] : [index, anchor];
        for (const { id } of pictures.slice(from, to + 1)) next.add(id);
      } else {
        const id = pictures[index]?.id;
        if (id !== undefined && !next.delete(id)) next.add(id);
      }
      setAnchor(index);
      setMarked(next);
    },
  };
}
