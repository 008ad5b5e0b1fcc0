import { cloneElement, lazy, Suspense, useState, type ReactElement } from 'react';
import type { MenuItem } from '@/components/menu-box';

const MenuBox = lazy(async () => ({ default: (await import('@/components/menu-box')).MenuBox }));

interface MenuLaterProps {
  /** The button that opens it. */
  target: ReactElement<{ onClick?: () => void; 'aria-haspopup'?: 'menu' }>;
  items: readonly MenuItem[];
  /** Stands below the items. */
  note?: string;
}

/** A menu whose code comes with the first press: it is an eighth of all that Create may load. */
export function MenuLater({ target, items, note = '' }: MenuLaterProps) {
  const [isWanted, setIsWanted] = useState(false);
  const plain = cloneElement(target, { 'aria-haspopup': 'menu', onClick: () => setIsWanted(true) });
  if (!isWanted) return plain;
  return (
    <Suspense fallback={plain}>
      <MenuBox target={target} items={items} note={note} />
    </Suspense>
  );
}
