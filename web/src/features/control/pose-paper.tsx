import { useEffect, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '@/features/control/control.module.css';
import { colorOf, drawPoses, JOINTS, moved, toggled, type Joint, type Pose } from '@/features/control/model/pose';
import { useFormat } from '@/lib/format';

const STEP = 0.01;
const LARGE_STEP = 0.05;
const ARROWS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** The map as it will be, at a size that is sharp on any screen. */
const LONG_SIDE = 1024;

interface PosePaperProps {
  poses: readonly Pose[];
  ratio: number;
  onChange: (poses: readonly Pose[]) => void;
}

/** The map, and over it a handle for every point: dragged by mouse, pen or finger, or moved by the arrows. */
export function PosePaper({ poses, ratio, onChange }: PosePaperProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, height] = ratio >= 1 ? [LONG_SIDE, LONG_SIDE / ratio] : [LONG_SIDE * ratio, LONG_SIDE];
  useEffect(() => {
    const paper = canvas.current?.getContext('2d');
    if (paper) drawPoses(paper, poses, width, height);
  }, [poses, width, height]);
  const put = (index: number, pose: Pose) => onChange(poses.map((old, other) => (other === index ? pose : old)));
  return (
    <div className={styles.paperRoom}>
      <div className={styles.paper} style={{ '--avila-ratio': ratio }}>
        <canvas ref={canvas} width={Math.round(width)} height={Math.round(height)} aria-hidden />
        {poses.map((pose, index) => JOINTS.map((joint) => <Handle key={`${index}-${joint}`} pose={pose} joint={joint} figure={index + 1} onChange={(next) => put(index, next)} />))}
      </div>
    </div>
  );
}

interface HandleProps {
  pose: Pose;
  joint: Joint;
  figure: number;
  onChange: (pose: Pose) => void;
}

function Handle({ pose, joint, figure, onChange }: HandleProps) {
  const { t } = useTranslation('places');
  const format = useFormat();
  const point = pose[joint];
  // One that was taken out stays where it can be put back from, at the edge of the paper.
  const { x, y } = point ?? { x: (JOINTS.indexOf(joint) + 0.5) / JOINTS.length, y: 1 };
  const name = t(`pose.joints.${joint}`);
  const label = point ? t('pose.point', { name, figure, x: format.percent(x), y: format.percent(y) }) : t('pose.hidden', { name, figure });

  const drag = (event: PointerEvent<HTMLButtonElement>) => {
    const room = event.currentTarget.parentElement?.getBoundingClientRect();
    if (!room || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onChange(moved(pose, joint, { x: (event.clientX - room.left) / room.width, y: (event.clientY - room.top) / room.height }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    const step = event.shiftKey ? LARGE_STEP : STEP;
    if (arrow && point) onChange(moved(pose, joint, { x: x + arrow[0] * step, y: y + arrow[1] * step }));
    else if (event.key === 'Delete' || event.key === 'Backspace' || (event.key === 'Enter' && !point)) onChange(toggled(pose, joint));
    else return;
    event.preventDefault();
  };
  return (
    <button
      type="button"
      className={styles.handle}
      data-hidden={point === null}
      style={{ left: `${x * 100}%`, top: `${y * 100}%`, '--avila-joint': colorOf(JOINTS.indexOf(joint)) }}
      aria-label={label}
      title={name}
      onPointerDown={(event) => point && event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onClick={() => point === null && onChange(toggled(pose, joint))}
      onDoubleClick={() => point !== null && onChange(toggled(pose, joint))}
      onKeyDown={onKeyDown}
    />
  );
}
