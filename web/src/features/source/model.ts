import type { MaskContent, ResizeMode } from '@/api/types';
import type { Mask } from '@/features/mask/model/mask';

/** The picture to start from, as long as it is only here: it is handed in when Generate is pressed. */
export interface Source {
  file: Blob;
  url: string;
  width: number;
  height: number;
  strength: number;
  resizeMode: ResizeMode;
  mask: Mask | null;
  feather: number;
  content: MaskContent;
  isOnlyMasked: boolean;
  padding: number;
}

export const DEFAULTS = {
  strength: 0.75,
  resizeMode: 'crop',
  mask: null,
  feather: 4,
  content: 'original',
  isOnlyMasked: false,
  padding: 32,
} as const satisfies Partial<Source>;

/** In words; the figure stands beside them. */
export function strengthWord(strength: number): 'touch' | 'some' | 'much' | 'new' {
  if (strength < 0.3) return 'touch';
  if (strength < 0.55) return 'some';
  return strength < 0.85 ? 'much' : 'new';
}

/** A picture among what was dropped or pasted. */
export const pictureIn = (data: DataTransfer | null): File | null =>
  [...(data?.files ?? [])].find(({ type }) => type.startsWith('image/')) ?? null;

export const isAddress = (text: string): boolean => /^https?:\/\/\S+$/i.test(text.trim());

/** An address among it, for a picture that was dragged out of another page, or whose address was copied. */
export function addressIn(data: DataTransfer | null): string | null {
  const line = (data?.getData('text/uri-list') ?? '').split('\n').find((text) => text !== '' && !text.startsWith('#'));
  const text = line ?? data?.getData('text/plain') ?? '';
  return isAddress(text) ? text.trim() : null;
}
