import { ON, unionOf, type Mask, type Rect } from '@/features/mask/model/mask';

/** Seen on skin, fruit, wood and leaves alike; red is what people paint over most. */
const COLOUR = [0, 150, 255] as const;

/** Draws the changed part of a mask, once for each frame however many changes came. */
export class Overlay {
  private dirty: Rect | null = null;
  private frame = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly mask: Mask,
  ) {
    canvas.width = mask.width;
    canvas.height = mask.height;
    this.draw(mask.whole);
  }

  change(rect: Rect | null): void {
    if (rect === null || rect.right <= rect.left || rect.bottom <= rect.top) return;
    this.dirty = this.dirty === null ? rect : unionOf(this.dirty, rect);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.dirty !== null) this.draw(this.dirty);
      this.dirty = null;
    });
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
  }

  private draw({ left, top, right, bottom }: Rect): void {
    const context = this.canvas.getContext('2d');
    if (context === null) return;
    const width = right - left;
    const pixels = new ImageData(width, bottom - top);
    const words = new Uint32Array(pixels.data.buffer);
    const [red, green, blue] = COLOUR;
    const painted = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0; // every browser's machine is little-endian
    for (let y = top; y < bottom; y += 1) {
      const from = y * this.mask.width + left;
      const to = (y - top) * width;
      for (let x = 0; x < width; x += 1) words[to + x] = this.mask.data[from + x] === ON ? painted : 0;
    }
    context.putImageData(pixels, left, top);
  }
}
