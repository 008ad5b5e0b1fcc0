/** What is to be repainted, a byte for each pixel: 255 is repainted, 0 stays. No browser in here. */

export interface Point {
  x: number;
  y: number;
}

/** Whole pixels; `right` and `bottom` lie outside. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const ON = 255;
const TILE = 64;
const MOST_STEPS = 50;

/** The tiles that a step changed, each as the bits in which it differs: undone and done again by the same exchange. */
type Step = Map<number, Uint8Array>;

export class Mask {
  readonly data: Uint8Array;
  private readonly across: number;
  /** The tiles touched since the last commit, as they were. */
  private touched = new Map<number, Uint8Array>();
  private past: Step[] = [];
  private future: Step[] = [];
  /** How many pixels are set, as of the last step: counting four million at the end of a stroke would cost a dozen frames. */
  private painted = 0;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.data = new Uint8Array(width * height);
    this.across = Math.ceil(width / TILE);
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** How much of the picture is to be repainted, from 0 to 1; without the step that is being drawn. */
  get share(): number {
    return this.painted / this.data.length;
  }

  get isEmpty(): boolean {
    return !this.data.includes(ON);
  }

  get whole(): Rect {
    return { left: 0, top: 0, right: this.width, bottom: this.height };
  }

  /** A round brush drawn from `a` to `b`. */
  brush(a: Point, b: Point, radius: number, isOn: boolean): Rect {
    const reach = Math.max(0.5, radius);
    const box = this.inside({
      left: Math.min(a.x, b.x) - reach,
      top: Math.min(a.y, b.y) - reach,
      right: Math.max(a.x, b.x) + reach,
      bottom: Math.max(a.y, b.y) + reach,
    });
    const along = { x: b.x - a.x, y: b.y - a.y };
    const length2 = along.x ** 2 + along.y ** 2;
    this.keep(box);
    for (let y = box.top; y < box.bottom; y += 1) {
      const dy = y + 0.5 - a.y;
      for (let x = box.left; x < box.right; x += 1) {
        const dx = x + 0.5 - a.x;
        const share = length2 === 0 ? 0 : Math.min(1, Math.max(0, (dx * along.x + dy * along.y) / length2));
        if ((dx - share * along.x) ** 2 + (dy - share * along.y) ** 2 <= reach * reach) this.data[y * this.width + x] = isOn ? ON : 0;
      }
    }
    return box;
  }

  rectangle(rect: Rect, isOn: boolean): Rect {
    const box = this.inside(rect);
    this.keep(box);
    for (let y = box.top; y < box.bottom; y += 1) this.data.fill(isOn ? ON : 0, y * this.width + box.left, y * this.width + box.right);
    return box;
  }

  /** The inside of a closed line, by the even-odd rule. */
  lasso(points: readonly Point[], isOn: boolean): Rect {
    const xs = points.map(({ x }) => x);
    const ys = points.map(({ y }) => y);
    const box = this.inside({ left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) });
    this.keep(box);
    for (let y = box.top; y < box.bottom; y += 1) {
      const cuts = crossings(points, y + 0.5);
      for (let pair = 0; pair + 1 < cuts.length; pair += 2) {
        const from = Math.max(box.left, Math.ceil((cuts[pair] ?? 0) - 0.5));
        const to = Math.min(box.right, Math.ceil((cuts[pair + 1] ?? 0) - 0.5));
        if (to > from) this.data.fill(isOn ? ON : 0, y * this.width + from, y * this.width + to);
      }
    }
    return box;
  }

  invert(): Rect {
    this.keep(this.whole);
    for (let index = 0; index < this.data.length; index += 1) this.data[index] = ON - (this.data[index] ?? 0);
    return this.whole;
  }

  /** Takes over greys, a byte for each pixel: what is lighter than the middle is repainted. */
  load(greys: Uint8Array): Rect {
    this.keep(this.whole);
    for (let index = 0; index < this.data.length; index += 1) this.data[index] = (greys[index] ?? 0) > 127 ? ON : 0;
    return this.whole;
  }

  /** Ends a step, which `undo` takes back as a whole; false when nothing changed. */
  commit(): boolean {
    const step: Step = new Map();
    for (const [tile, before] of this.touched) {
      const bits = this.difference(tile, before);
      if (bits) step.set(tile, bits);
    }
    this.touched = new Map();
    if (step.size === 0) return false;
    this.past = [...this.past, step].slice(-MOST_STEPS);
    this.future = [];
    return true;
  }

  /** Takes back what was drawn since the last commit, as if it had not been. */
  abandon(): Rect {
    const tiles = [...this.touched];
    this.touched = new Map();
    return this.union(
      tiles.map(([tile, before]) => {
        this.eachPixel(tile, (pixel, index) => (this.data[pixel] = before[index] ?? 0));
        return tile;
      }),
    );
  }

  undo(): Rect | null {
    return this.exchange(this.past, this.future);
  }

  redo(): Rect | null {
    return this.exchange(this.future, this.past);
  }

  private exchange(from: Step[], to: Step[]): Rect | null {
    const step = from.pop();
    if (step === undefined) return null;
    to.push(step);
    for (const [tile, bits] of step) {
      this.eachPixel(tile, (pixel, index) => {
        if ((bits[index >> 3] ?? 0) & (1 << (index & 7))) {
          const next = ON - (this.data[pixel] ?? 0);
          this.data[pixel] = next;
          this.painted += next === ON ? 1 : -1;
        }
      });
    }
    return this.union([...step.keys()]);
  }

  /** Remembers how the tiles under `box` are, before they are drawn on. */
  private keep(box: Rect): void {
    for (let row = Math.floor(box.top / TILE); row * TILE < box.bottom; row += 1) {
      for (let column = Math.floor(box.left / TILE); column * TILE < box.right; column += 1) {
        const tile = row * this.across + column;
        if (this.touched.has(tile)) continue;
        const before = new Uint8Array(TILE * TILE);
        this.eachPixel(tile, (pixel, index) => (before[index] = this.data[pixel] ?? 0));
        this.touched.set(tile, before);
      }
    }
  }

  /** The pixels of a tile that are others than before; counts them too. */
  private difference(tile: number, before: Uint8Array): Uint8Array | null {
    const bits = new Uint8Array((TILE * TILE) / 8);
    let changes = 0;
    this.eachPixel(tile, (pixel, index) => {
      if (this.data[pixel] === before[index]) return;
      changes += 1;
      this.painted += this.data[pixel] === ON ? 1 : -1;
      bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
    });
    return changes > 0 ? bits : null;
  }

  private eachPixel(tile: number, visit: (pixel: number, index: number) => void): void {
    const { left, top, right, bottom } = this.boxOf(tile);
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) visit(y * this.width + x, (y - top) * TILE + (x - left));
    }
  }

  private boxOf(tile: number): Rect {
    const left = (tile % this.across) * TILE;
    const top = Math.floor(tile / this.across) * TILE;
    return this.inside({ left, top, right: left + TILE, bottom: top + TILE });
  }

  private union(tiles: readonly number[]): Rect {
    const boxes = tiles.map((tile) => this.boxOf(tile));
    if (boxes.length === 0) return { left: 0, top: 0, right: 0, bottom: 0 };
    return boxes.reduce(unionOf);
  }

  private inside({ left, top, right, bottom }: Rect): Rect {
    const x = (value: number) => Math.min(this.width, Math.max(0, value));
    const y = (value: number) => Math.min(this.height, Math.max(0, value));
    return { left: Math.floor(x(left)), top: Math.floor(y(top)), right: Math.ceil(x(right)), bottom: Math.ceil(y(bottom)) };
  }
}

export const unionOf = (a: Rect, b: Rect): Rect => ({
  left: Math.min(a.left, b.left),
  top: Math.min(a.top, b.top),
  right: Math.max(a.right, b.right),
  bottom: Math.max(a.bottom, b.bottom),
});

/** Where the closed line crosses the height `y`, from left to right. */
function crossings(points: readonly Point[], y: number): number[] {
  const cuts: number[] = [];
  points.forEach((a, index) => {
    const b = points[(index + 1) % points.length] ?? a;
    const isAbove = a.y <= y;
    if (isAbove !== b.y <= y) cuts.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  });
  return cuts.sort((one, other) => one - other);
}
