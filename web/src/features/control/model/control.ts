import type { ControlSpec } from '@/api/types';
import type { Pose } from '@/features/control/model/pose';

/** How closely a picture keeps to its map: three words for three sets of figures. */
export const PRESETS = {
  loose: { weight: 0.7, start: 0, end: 0.5 },
  balanced: { weight: 1, start: 0, end: 0.8 },
  strict: { weight: 1, start: 0, end: 1 },
} as const;
export type Preset = keyof typeof PRESETS;
export type Figures = Pick<ControlSpec, 'weight' | 'start' | 'end'>;

export const MAX_WEIGHT = 2;
/** As many as a request may name. */
export const MOST_CONTROLS = 4;

/** A ControlNet with what it follows, as long as it is only here: handed in when Generate is pressed. */
export interface Control extends Figures {
  /** The page's own. */
  id: string;
  model: string;
  file: Blob;
  url: string;
  /** What makes the map of `file`; `none` where it is one already. */
  preprocessor: string;
  /** The figures that its map was drawn from; null where it was not drawn here. */
  pose: readonly Pose[] | null;
}

/** The preset that these figures are, or null when they were set by hand. */
export const presetOf = ({ weight, start, end }: Figures): Preset | null =>
  (Object.keys(PRESETS) as Preset[]).find((name) => {
    const preset = PRESETS[name];
    return preset.weight === weight && preset.start === start && preset.end === end;
  }) ?? null;

/** `changes` within what the gateway takes: it acts for some share of the steps at least. */
export function withFigures(old: Figures, changes: Partial<Figures>): Figures {
  const next = { ...old, ...changes };
  if (next.start < next.end) return next;
  return changes.start === undefined ? { ...next, start: Math.max(0, round(next.end - 0.05)) } : { ...next, end: Math.min(1, round(next.start + 0.05)) };
}

const round = (value: number): number => Math.round(value * 100) / 100;
