import { useRef, type MouseEvent, type PointerEvent } from 'react';

const LONG_MS = 450;
const SLACK_PX = 10;

/** A finger that stays, on what lies under it. The click that follows it is swallowed, and a finger that moves scrolls. */
export function useLongPress(onLongPress: (target: EventTarget) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const start = useRef({ x: 0, y: 0 });
  const hasFired = useRef(false);
  const stop = () => clearTimeout(timer.current);
  return {
    onPointerDown: (event: PointerEvent) => {
      hasFired.current = false;
      if (event.pointerType !== 'touch') return;
      const { clientX, clientY, target } = event;
      start.current = { x: clientX, y: clientY };
      timer.current = setTimeout(() => {
        hasFired.current = true;
        onLongPress(target);
      }, LONG_MS);
    },
    onPointerMove: (event: PointerEvent) => {
      if (Math.hypot(event.clientX - start.current.x, event.clientY - start.current.y) > SLACK_PX) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    onContextMenu: (event: MouseEvent) => hasFired.current && event.preventDefault(),
    onClickCapture: (event: MouseEvent) => {
      if (!hasFired.current) return;
      hasFired.current = false;
      event.stopPropagation();
      event.preventDefault();
    },
  };
}
