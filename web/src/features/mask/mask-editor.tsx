import { Text } from '@mantine/core';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mask, Point, Rect } from '@/features/mask/model/mask';
import { fitted, nextBrush, zoomed, type Size, type View } from '@/features/mask/model/view';
import styles from '@/features/mask/mask.module.css';
import { MaskTools, type MaskCommands } from '@/features/mask/mask-tools';
import { Overlay } from '@/features/mask/overlay';
import { useMaskPointers, type Tool } from '@/features/mask/use-mask-pointers';
import { useFormat } from '@/lib/format';
import { isTyping } from '@/lib/shortcuts';

interface MaskEditorProps {
  url: string;
  /** Kept by whoever shows the editor, so that it outlives a change of the prompt. */
  mask: Mask;
  /** The soft edge, in pixels; it is made by the service and only shown here. */
  feather: number;
  onFeather: (pixels: number) => void;
  onChange: () => void;
}

const TOOL_KEYS: Record<string, Tool> = { b: 'brush', e: 'eraser', r: 'rectangle', l: 'lasso', h: 'hand' };
const ZOOM = 1.25;

export function MaskEditor({ url, mask, feather, onFeather, onChange }: MaskEditorProps) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<Overlay | null>(null);
  const [view, setView] = useState<View>({ scale: 1, x: 0, y: 0 });
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [leastScale, setLeastScale] = useState(1);
  const [tool, setTool] = useState<Tool>('brush');
  const [diameter, setDiameter] = useState(() => nextBrush(Math.max(mask.width, mask.height) / 12, 1));
  const [opacity, setOpacity] = useState(0.7);
  const [outline, setOutline] = useState<readonly Point[] | null>(null);
  const [isDrawing, setIsDrawing] = useState(false);
  const [pen, setPen] = useState<Point | null>(null);
  const [share, setShare] = useState(mask.share);

  const fit = () => {
    const box = frame.current?.getBoundingClientRect();
    if (!box || box.width === 0) return;
    const next = fitted(mask, box);
    setLeastScale(next.scale);
    setView(next);
    setSize({ width: box.width, height: box.height });
  };
  const latestFit = useRef(fit);
  useLayoutEffect(() => {
    latestFit.current = fit;
  });
  useEffect(() => {
    const observer = new ResizeObserver(() => latestFit.current());
    if (frame.current) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (canvas.current === null) return undefined;
    const made = new Overlay(canvas.current, mask);
    overlay.current = made;
    return () => made.stop();
  }, [mask]);
  useLayoutEffect(() => overlay.current?.show(view, size, devicePixelRatio), [mask, view, size]);
  useWheel(frame, leastScale, setView);
  useEffect(() => frame.current?.focus({ preventScroll: true }), []); // its keys work at once

  const changed = (rect: Rect | null) => overlay.current?.change(rect);
  const committed = () => {
    setShare(mask.share);
    onChange();
  };
  const commands: MaskCommands = {
    undo: () => step(mask.undo()),
    redo: () => step(mask.redo()),
    draw: (action) => {
      changed(action(mask));
      if (mask.commit()) committed();
    },
    zoom: (direction) => {
      const box = frame.current?.getBoundingClientRect();
      if (box) setView((old) => zoomed(old, direction === 1 ? ZOOM : 1 / ZOOM, { x: box.width / 2, y: box.height / 2 }, leastScale));
    },
    fit,
  };
  const step = (rect: Rect | null) => {
    changed(rect);
    if (rect) committed();
  };

  const pointers = useMaskPointers({
    mask,
    tool,
    diameter,
    view,
    leastScale,
    setView,
    changed,
    committed,
    outline: setOutline,
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (isTyping(event.target) || event.altKey) return;
    const key = event.key.toLowerCase();
    const isMod = event.ctrlKey || event.metaKey;
    if (isMod ? !undoKey(key, event.shiftKey, commands) : !plainKey(key, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  const plainKey = (key: string, isShift: boolean): boolean => {
    const chosen = TOOL_KEYS[key];
    if (chosen) setTool(chosen);
    else if (key === '[' || key === ']') setDiameter((old) => nextBrush(old, key === ']' ? 1 : -1));
    else if (key === 'i') commands.draw((drawn) => drawn.invert());
    else if (key === '+' || key === '=' || key === '-') commands.zoom(key === '-' ? -1 : 1);
    else if (key === '0') fit();
    else return document.activeElement === frame.current && penKey(key, isShift);
    return true;
  };

  /** The way without a pointer: a pen that arrows move and Space sets down. */
  const penKey = (key: string, isShift: boolean): boolean => {
    const reach = Math.max(1, Math.round((isShift ? 2 : 0.25) * diameter));
    const at = pen ?? { x: mask.width / 2, y: mask.height / 2 };
    const ways: Record<string, Point> = { arrowleft: { x: -1, y: 0 }, arrowright: { x: 1, y: 0 }, arrowup: { x: 0, y: -1 }, arrowdown: { x: 0, y: 1 } };
    const way = ways[key];
    if (way) {
      setPen({ x: Math.min(mask.width, Math.max(0, at.x + way.x * reach)), y: Math.min(mask.height, Math.max(0, at.y + way.y * reach)) });
      return true;
    }
    if (key !== ' ' && key !== 'enter') return false;
    if (pen) commands.draw((drawn) => drawn.brush(pen, pen, diameter / 2, tool !== 'eraser'));
    setPen(at);
    return true;
  };

  const paper = { width: mask.width, height: mask.height, transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` };
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the tools inside
    <div className={styles.editor} onKeyDown={onKeyDown}>
      <MaskTools {...{ mask, tool, diameter, opacity, feather, commands }} onTool={setTool} onDiameter={setDiameter} onOpacity={setOpacity} onFeather={onFeather} />
      <div
        ref={frame}
        className={styles.frame}
        data-tool={tool}
        role="application"
        aria-label={t('mask.canvas')}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is drawn on by keys too
        tabIndex={0}
        onBlur={() => setPen(null)}
        {...pointers}
        // The soft edge is drawn anew at every change; without it a stroke keeps the screen's own pace.
        onPointerDownCapture={() => setIsDrawing(true)}
        onPointerUpCapture={() => setIsDrawing(false)}
        onPointerCancelCapture={() => setIsDrawing(false)}
      >
        <div className={styles.paper} style={paper}>
          <img src={url} alt="" draggable={false} />
        </div>
        <canvas ref={canvas} className={styles.layer} style={{ opacity, ...(feather > 0 && !isDrawing && { filter: `blur(${feather * view.scale}px)` }) }} />
        <div className={styles.paper} style={paper}>
          <svg className={styles.outline} viewBox={`0 0 ${mask.width} ${mask.height}`} aria-hidden>
            {outline && <polygon points={outline.map(({ x, y }) => `${x},${y}`).join(' ')} />}
            {pen && <circle cx={pen.x} cy={pen.y} r={diameter / 2} />}
          </svg>
        </div>
      </div>
      <Text size="sm" c="dimmed" role="status">
        {share === 0 ? t('mask.empty') : t('mask.painted', { percent: format.percent(share) })}
      </Text>
    </div>
  );
}

function undoKey(key: string, isShift: boolean, commands: MaskCommands): boolean {
  if (key === 'z') (isShift ? commands.redo : commands.undo)();
  else if (key === 'y') commands.redo();
  else return false;
  return true;
}

/** The wheel moves, and with Ctrl (as a touchpad's pinch says it) zooms. React's own listener could not stop the page's zoom. */
function useWheel(frame: React.RefObject<HTMLElement | null>, leastScale: number, setView: (next: (view: View) => View) => void): void {
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const at = { x: event.clientX - box.left, y: event.clientY - box.top };
      setView((view) =>
        event.ctrlKey || event.metaKey
          ? zoomed(view, Math.exp(-event.deltaY / 200), at, leastScale)
          : { ...view, x: view.x - event.deltaX, y: view.y - event.deltaY },
      );
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [frame, leastScale, setView]);
}
