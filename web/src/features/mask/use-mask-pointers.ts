import { useRef, type PointerEvent } from 'react';
import type { Mask, Point, Rect } from '@/features/mask/model/mask';
import { panned, toPicture, zoomed, type View } from '@/features/mask/model/view';

export type Tool = 'brush' | 'eraser' | 'rectangle' | 'lasso' | 'hand';

export interface PointerWish {
  mask: Mask;
  tool: Tool;
  diameter: number;
  view: View;
  leastScale: number;
  setView: (next: (view: View) => View) => void;
  changed: (rect: Rect | null) => void;
  committed: () => void;
  /** The line of a rectangle or lasso that is being drawn; null when it is done. */
  outline: (points: readonly Point[] | null) => void;
}

type Doing = { kind: 'stroke'; last: Point } | { kind: 'shape'; points: Point[] } | { kind: 'pan' };

/** One pointer draws, two fingers move and pinch; the stroke that the first of them had begun is dropped. */
export function useMaskPointers(wish: PointerWish) {
  const pointers = useRef(new Map<number, Point>());
  const doing = useRef<Doing | null>(null);

  const place = (event: { clientX: number; clientY: number }, frame: Element): Point => {
    const box = frame.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const radiusOf = (event: { pointerType: string; pressure: number }) =>
    (wish.diameter / 2) * (event.pointerType === 'pen' ? 0.3 + 0.7 * event.pressure : 1);

  const start = (event: PointerEvent, at: Point) => {
    const isPan = event.button === 1 || wish.tool === 'hand';
    const point = toPicture(wish.view, at);
    if (isPan) doing.current = { kind: 'pan' };
    else if (wish.tool === 'rectangle' || wish.tool === 'lasso') doing.current = { kind: 'shape', points: [point] };
    else {
      doing.current = { kind: 'stroke', last: point };
      wish.changed(wish.mask.brush(point, point, radiusOf(event), wish.tool === 'brush'));
    }
  };

  const move = (event: PointerEvent, before: Point, at: Point) => {
    const now = doing.current;
    if (now?.kind === 'pan') wish.setView((view) => panned(view, at.x - before.x, at.y - before.y));
    if (now?.kind === 'shape') {
      const point = toPicture(wish.view, at);
      const [first] = now.points;
      now.points = wish.tool === 'rectangle' && first ? [first, point] : [...now.points, point];
      wish.outline(outlineOf(wish.tool, now.points));
    }
    if (now?.kind === 'stroke') {
      const native = event.nativeEvent;
      const parts = 'getCoalescedEvents' in native ? native.getCoalescedEvents() : [];
      for (const part of parts.length > 0 ? parts : [native]) {
        const point = toPicture(wish.view, place(part, event.currentTarget));
        wish.changed(wish.mask.brush(now.last, point, radiusOf(part), wish.tool === 'brush'));
        now.last = point;
      }
    }
  };

  const pinch = (id: number, before: Point, at: Point) => {
    const other = [...pointers.current].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const far = (a: Point, b: Point) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    const factor = far(at, other) / far(before, other);
    wish.setView((view) => panned(zoomed(view, factor, middle, wish.leastScale), (at.x - before.x) / 2, (at.y - before.y) / 2));
  };

  const end = (event: PointerEvent, isKept: boolean) => {
    if (!pointers.current.delete(event.pointerId)) return;
    const done = doing.current;
    doing.current = null;
    if (done?.kind === 'shape') {
      wish.outline(null);
      if (isKept && done.points.length > 1) {
        wish.changed(wish.mask.lasso(outlineOf(wish.tool, done.points), !event.altKey));
        if (wish.mask.commit()) wish.committed();
      }
    }
    if (done?.kind === 'stroke') {
      if (!isKept) wish.changed(wish.mask.abandon());
      else if (wish.mask.commit()) wish.committed();
    }
  };

  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button > 1) return;
      const at = place(event, event.currentTarget);
      if ('setPointerCapture' in event.currentTarget) event.currentTarget.setPointerCapture(event.pointerId);
      pointers.current.set(event.pointerId, at);
      if (pointers.current.size === 1) {
        start(event, at);
        return;
      }
      if (doing.current?.kind === 'stroke') wish.changed(wish.mask.abandon());
      wish.outline(null);
      doing.current = null;
    },
    onPointerMove: (event: PointerEvent) => {
      const before = pointers.current.get(event.pointerId);
      if (!before) return;
      const at = place(event, event.currentTarget);
      if (pointers.current.size > 1) pinch(event.pointerId, before, at);
      else move(event, before, at);
      pointers.current.set(event.pointerId, at);
    },
    onPointerUp: (event: PointerEvent) => end(event, true),
    onPointerCancel: (event: PointerEvent) => end(event, false),
  };
}

function outlineOf(tool: Tool, points: readonly Point[]): Point[] {
  const [a, b] = points;
  if (tool !== 'rectangle' || !a || !b) return [...points];
  return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
}
