import type { TFunction } from 'i18next';

const KINDS = ['canny', 'depth', 'pose'] as const;

/** What a ControlNet's maps show, in the reader's words where we have one. */
export function kindText(t: TFunction<'places'>, kind: string): string {
  const known = KINDS.find((name) => name === kind);
  return known ? t(`controls.kinds.${known}`) : kind;
}
