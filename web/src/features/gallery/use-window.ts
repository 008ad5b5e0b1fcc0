import { useEffect, useState, type RefObject } from 'react';
import { layoutOf, rowsIn, type Layout, type Rows } from '@/features/gallery/model/window';

const GAP = 12;
const LEAST = 168;
const GAP_PHONE = 6;
const LEAST_PHONE = 108;
const PHONE = 640;
const MARGIN = 140;

interface Seen {
  width: number;
  top: number;
  height: number;
}

/** Which rows are needed, as the document is scrolled and the window is sized. */
export function useWindow(list: RefObject<HTMLElement | null>, count: number): { layout: Layout; rows: Rows; showRow: (row: number) => void } {
  const [seen, setSeen] = useState<Seen>({ width: 0, top: 0, height: window.innerHeight });
  useEffect(() => {
    let frame = 0;
    let last: Seen | null = null; // a state that is set to what it is draws all the same, now and then
    const measure = () => {
      const box = list.current?.getBoundingClientRect();
      if (box === undefined) return;
      // Row by row: between two of them the same tiles are needed, and nothing is drawn anew.
      const { rowHeight } = layoutIn(box.width);
      const next = { width: box.width, top: Math.floor(-box.top / rowHeight) * rowHeight, height: window.innerHeight };
      if (last?.width === next.width && last.top === next.top && last.height === next.height) return;
      last = next;
      setSeen(next);
    };
    const onChange = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(measure);
    };
    const observer = new ResizeObserver(measure); // calls once when it begins
    if (list.current) observer.observe(list.current);
    window.addEventListener('scroll', onChange, { passive: true });
    window.addEventListener('resize', onChange);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      window.removeEventListener('scroll', onChange);
      window.removeEventListener('resize', onChange);
    };
  }, [list]);

  const layout = layoutIn(seen.width || PHONE);
  const rows = rowsIn(count, layout, seen.top, seen.height);
  const showRow = (row: number) => {
    const box = list.current?.getBoundingClientRect();
    if (box === undefined) return;
    const top = box.top + row * layout.rowHeight;
    const bottom = top + layout.rowHeight;
    if (top < MARGIN) window.scrollBy(0, top - MARGIN);
    else if (bottom > window.innerHeight - MARGIN) window.scrollBy(0, bottom - window.innerHeight + MARGIN);
  };
  return { layout, rows, showRow };
}

function layoutIn(width: number): Layout {
  const isPhone = window.innerWidth < PHONE;
  return layoutOf(width, isPhone ? LEAST_PHONE : LEAST, isPhone ? GAP_PHONE : GAP);
}
