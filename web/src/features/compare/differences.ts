import type { Picture } from '@/features/create/model/runs';

export const COMPARED = ['prompt', 'negativePrompt', 'seed', 'width', 'height', 'steps', 'guidance', 'sampler', 'schedule', 'model'] as const;
export type Compared = (typeof COMPARED)[number];

export interface Difference {
  what: Compared;
  left: string | number;
  right: string | number;
}

/** The parameters in which two pictures differ, in the order in which a reader looks for them. */
export function differences(left: Picture, right: Picture): Difference[] {
  const valueOf = ({ seed, spec }: Picture, what: Compared): string | number => (what === 'seed' ? seed : spec[what]);
  return COMPARED.map((what) => ({ what, left: valueOf(left, what), right: valueOf(right, what) })).filter(
    (difference) => difference.left !== difference.right,
  );
}
