import type { Capabilities } from '@/api/types';

export const SHAPES = ['square', 'portrait', 'landscape', 'tall', 'wide'] as const;
export type Shape = (typeof SHAPES)[number];

export const SIZES = ['small', 'medium', 'large'] as const;
export type Size = (typeof SIZES)[number];

/** Width : height. */
export const RATIOS: Record<Shape, readonly [number, number]> = {
  square: [1, 1],
  portrait: [3, 4],
  landscape: [4, 3],
  tall: [9, 16],
  wide: [16, 9],
};

const SCALES: Record<Size, number> = { small: 0.75, medium: 1, large: 1.5 };

type SizeLimits = Pick<Capabilities, 'default_size' | 'min_size' | 'max_size' | 'size_multiple'>;

/**
 * The size with the shape's ratio whose area is that of the model's own size, scaled; both sides allowed by the model.
 * The longer side gives way first when it is too long, so that the ratio stays.
 */
export function fitShape(shape: Shape, size: Size, limits: SizeLimits): { width: number; height: number } {
  const [nativeWidth = limits.min_size, nativeHeight = limits.min_size] = limits.default_size.split('x').map(Number);
  const [across, down] = RATIOS[shape];
  const area = nativeWidth * nativeHeight * SCALES[size] ** 2;
  const unit = Math.sqrt(area / (across * down));
  const shrink = Math.min(1, limits.max_size / (unit * Math.max(across, down)));
  const side = (parts: number): number => {
    const rounded = Math.round((unit * parts * shrink) / limits.size_multiple) * limits.size_multiple;
    return Math.min(limits.max_size, Math.max(limits.min_size, rounded));
  };
  return { width: side(across), height: side(down) };
}

/** Which buttons stand for a width and a height; null for sizes set by hand. */
export function shapeOf(width: number, height: number, limits: SizeLimits): { shape: Shape; size: Size } | null {
  for (const size of ['medium', 'small', 'large'] as const) {
    for (const shape of SHAPES) {
      const fitted = fitShape(shape, size, limits);
      if (fitted.width === width && fitted.height === height) return { shape, size };
    }
  }
  return null;
}
