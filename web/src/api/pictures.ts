import { ownLink } from '@/api/links';
import type { components } from '@/api/schema';
import { specFrom } from '@/api/spec';
import type { Api, GenerationSpec } from '@/api/types';
import { isString } from '@/lib/storage';

type WirePicture = components['schemas']['Picture'];
export type Album = components['schemas']['Album'];
export type TagCount = components['schemas']['TagCount'];

/** A picture of the history: with what made it, and with what its owner made of it. */
export interface GalleryPicture {
  id: string;
  jobId: string;
  url: string;
  thumbnailUrl: string;
  seed: number;
  spec: GenerationSpec;
  createdAt: number;
  mediaType: string;
  bytes: number;
  isFavourite: boolean;
  rating: number;
  tags: readonly string[];
}

export interface PicturePage {
  pictures: GalleryPicture[];
  /** Where the next page begins; null on the last. */
  next: number | null;
}

export interface Marks {
  is_favourite?: boolean;
  rating?: number;
  tags?: readonly string[];
}

const PAGE = 100;

export async function searchPictures(api: Api, query: string, before: number | null, signal?: AbortSignal): Promise<PicturePage> {
  const asked = new URLSearchParams({ query, limit: String(PAGE) });
  if (before !== null) asked.set('before', String(before));
  const list = await api.ask<components['schemas']['PictureList']>(`/v1/history?${asked.toString()}`, { signal });
  return { pictures: list.results.map(fromWire), next: list.next };
}

export const markPicture = async (api: Api, id: string, marks: Marks): Promise<GalleryPicture> =>
  fromWire(await api.ask<WirePicture>(`/v1/history/${encodeURIComponent(id)}`, { method: 'PATCH', body: marks }));

export const COPY_FORMATS = ['png', 'jpeg', 'webp'] as const;
export type CopyFormat = (typeof COPY_FORMATS)[number];

/** The picture as another file, with every mark of what made it. */
export const copyOf = (api: Api, id: string, format: CopyFormat, hasRecipe: boolean): Promise<Blob> =>
  api.file(`/v1/history/${encodeURIComponent(id)}/copy?format=${format}&recipe=${String(hasRecipe)}`);

/** As many as the gateway takes at once. */
const MOST_IDS = 1000;

async function inParts(ids: readonly string[], send: (part: string[]) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < ids.length; start += MOST_IDS) await send(ids.slice(start, start + MOST_IDS));
}

export const trashPictures = (api: Api, ids: readonly string[]): Promise<void> =>
  inParts(ids, (part) => api.ask('/v1/history/trash', { method: 'POST', body: { ids: part } }));

export const restorePictures = (api: Api, ids: readonly string[]): Promise<void> =>
  inParts(ids, (part) => api.ask('/v1/history/restore', { method: 'POST', body: { ids: part } }));

export const emptyTrash = (api: Api): Promise<unknown> => api.ask('/v1/history/empty-trash', { method: 'POST' });

/** One zip for each thousand pictures. */
export const zipPictures = (api: Api, ids: readonly string[], save: (zip: Blob) => void): Promise<void> =>
  inParts(ids, async (part) => save(await api.file('/v1/history/zip', { method: 'POST', body: { ids: part } })));

export const listTags = (api: Api, signal?: AbortSignal): Promise<TagCount[]> => api.ask('/v1/tags', { signal });
export const listAlbums = (api: Api, signal?: AbortSignal): Promise<Album[]> => api.ask('/v1/albums', { signal });
export const addAlbum = (api: Api, name: string): Promise<Album> => api.ask('/v1/albums', { method: 'POST', body: { name } });
export const deleteAlbum = (api: Api, id: string): Promise<unknown> => api.ask(albumPath(id), { method: 'DELETE' });
export const changeAlbum = (api: Api, id: string, change: 'add' | 'remove', ids: readonly string[]): Promise<void> =>
  inParts(ids, (part) => api.ask(albumPath(id), { method: 'PATCH', body: { [change]: part } }));

const albumPath = (id: string): string => `/v1/albums/${encodeURIComponent(id)}`;

function fromWire(picture: WirePicture): GalleryPicture {
  const { recipe } = picture;
  const spec = specFrom(recipe, isString(recipe.model) ? recipe.model : '', 1);
  return {
    id: picture.id,
    jobId: picture.job_id,
    url: ownLink(picture.url),
    thumbnailUrl: ownLink(picture.thumbnail_url),
    seed: spec.seed ?? 0,
    spec,
    createdAt: Date.parse(picture.created_at),
    mediaType: picture.media_type,
    bytes: picture.bytes,
    isFavourite: picture.is_favourite,
    rating: picture.rating,
    tags: picture.tags,
  };
}
