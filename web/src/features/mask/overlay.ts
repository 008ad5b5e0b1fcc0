import { ON, unionOf, type Mask, type Rect } from '@/features/mask/model/mask';
import type { Size, View } from '@/features/mask/model/view';

/** Seen on skin, fruit, wood and leaves alike; red is what people paint over most. */
const [RED, GREEN, BLUE] = [0, 150, 255];
const PAINTED = ((255 << 24) | (BLUE << 16) | (GREEN << 8) | RED) >>> 0; // every browser's machine is little-endian

/**
 * Shows the mask as it lies under a view, a pixel for each of the screen's. So what a frame costs depends on the screen: a
 * canvas of the picture's own size would be copied and made smaller for every frame of a stroke, 16 MB at four megapixels.
 * Drawn once for each frame, however many changes came.
 */
export class Overlay {
  /** What is to be drawn, in pixels of the canvas. */
  private dirty: Rect | null = null;
  private frame = 0;
  private view: View = { scale: 1, x: 0, y: 0 };

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly mask: Mask,
  ) {}

  /** Another view, or another size of the frame; `density`: pixels of the screen for each of the page's. */
  show({ scale, x, y }: View, size: Size, density: number): void {
    const [width, height] = [Math.max(1, Math.round(size.width * density)), Math.max(1, Math.round(size.height * density))];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.view = { scale: scale * density, x: x * density, y: y * density };
    this.mark({ left: 0, top: 0, right: width, bottom: height });
  }

  /** A part of the picture whose mask is another. */
  change(rect: Rect | null): void {
    if (rect === null || rect.right <= rect.left || rect.bottom <= rect.top) return;
    const { scale, x, y } = this.view;
    const { width, height } = this.canvas;
    this.mark({
      left: Math.max(0, Math.floor(rect.left * scale + x)),
      top: Math.max(0, Math.floor(rect.top * scale + y)),
      right: Math.min(width, Math.ceil(rect.right * scale + x)),
      bottom: Math.min(height, Math.ceil(rect.bottom * scale + y)),
    });
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
  }

  private mark(area: Rect): void {
    if (area.right <= area.left || area.bottom <= area.top) return;
    this.dirty = this.dirty === null ? area : unionOf(this.dirty, area);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.dirty !== null) this.draw(this.dirty);
      this.dirty = null;
    });
  }

  private draw(area: Rect): void {
    const pixels = new ImageData(area.right - area.left, area.bottom - area.top);
    fill(new Uint32Array(pixels.data.buffer), this.mask, this.view, area);
    this.canvas.getContext('2d')?.putImageData(pixels, area.left, area.top);
  }
}

/** Writes a word for each pixel of `area`: the colour where the mask is set under its middle, nothing elsewhere. */
export function fill(words: Uint32Array, mask: Mask, { scale, x, y }: View, area: Rect): void {
  const { data, width, height } = mask;
  const across = area.right - area.left;
  const columns = Int32Array.from({ length: across }, (_, index) => Math.floor((area.left + index + 0.5 - x) / scale));
  const first = Math.max(0, columns.findIndex((column) => column >= 0));
  const beyond = columns.findIndex((column) => column >= width);
  const last = beyond === -1 ? across : beyond;
  if ((columns[across - 1] ?? -1) < 0) return;
  for (let v = area.top; v < area.bottom; v += 1) {
    const row = Math.floor((v + 0.5 - y) / scale);
    if (row < 0 || row >= height) continue;
    const from = row * width;
    const to = (v - area.top) * across;
    for (let u = first; u < last; u += 1) if (data[from + (columns[u] ?? 0)] === ON) words[to + u] = PAINTED;
  }
}
