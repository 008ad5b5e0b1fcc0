import { useEffect, useState, type RefObject } from 'react';
import { layoutOf, rowsIn, type Layout, type Rows } from '@/features/gallery/model/window';

const GAP = 12;
const LEAST = 168;
const GAP_PHONE = 6;
const LEAST_PHONE = 108;
const PHONE = 640;
const MARGIN = 140;
const STEP = 48;

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
    const measure = () => {
      const box = list.current?.getBoundingClientRect();
      if (box === undefined) return;
      // In steps, so that scrolling draws only now and then.
      const next = { width: box.width, top: Math.round(-box.top / STEP) * STEP, height: window.innerHeight };
      setSeen((old) => (old.width === next.width && old.top === next.top && old.height === next.height ? old : next));
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

  const isPhone = window.innerWidth < PHONE;
  const layout = layoutOf(seen.width || PHONE, isPhone ? LEAST_PHONE : LEAST, isPhone ? GAP_PHONE : GAP);
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
