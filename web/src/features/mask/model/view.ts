/** Where the picture lies in its frame: pixels of the frame for each of the picture, and where its corner is. */
import type { Point } from '@/features/mask/model/mask';

export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const MOST_ZOOM = 16;
const MARGIN = 16;

/** The whole picture in the middle of the frame. */
export function fitted(picture: Size, frame: Size): View {
  const scale = Math.max(0.01, Math.min((frame.width - 2 * MARGIN) / picture.width, (frame.height - 2 * MARGIN) / picture.height));
  return { scale, x: (frame.width - picture.width * scale) / 2, y: (frame.height - picture.height * scale) / 2 };
}

/** Larger or smaller, with the point of the picture under `at` (in the frame) kept there. */
export function zoomed(view: View, factor: number, at: Point, least: number): View {
  const scale = Math.min(Math.max(MOST_ZOOM, least), Math.max(least / 2, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

export const panned = (view: View, dx: number, dy: number): View => ({ ...view, x: view.x + dx, y: view.y + dy });

export const toPicture = ({ scale, x, y }: View, at: Point): Point => ({ x: (at.x - x) / scale, y: (at.y - y) / scale });

const STEPS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** The next brush (its diameter in pixels of the picture) in the order of sizes. */
export function nextBrush(diameter: number, direction: 1 | -1): number {
  const next = direction === 1 ? STEPS.find((step) => step > diameter) : STEPS.findLast((step) => step < diameter);
  return next ?? diameter;
}

export const SMALLEST_BRUSH = 1;
export const LARGEST_BRUSH = 512;
