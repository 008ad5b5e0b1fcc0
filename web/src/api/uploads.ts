import type { components } from '@/api/schema';
import type { Api } from '@/api/types';

type Upload = components['schemas']['Upload'];

/** A job has its own copy, but is to be handed in before its pictures expire. */
const EARLY_MS = 60_000;
const sent = new WeakMap<Blob, Upload>();

/** The picture that lies at an address: one of this server's own, or one that the gateway fetches. */
export async function pictureAt(api: Api, address: string): Promise<Blob> {
  if (new URL(address, window.location.href).origin === window.location.origin) return (await fetch(address)).blob();
  const upload = await api.ask<Upload>('/v1/uploads/by-address', { method: 'POST', body: { address } });
  const file = await api.file(`/v1/uploads/${encodeURIComponent(upload.id)}`);
  sent.set(file, upload);
  return file;
}

/** Hands in a picture, the same file only once as long as the gateway keeps it; jobs name it by the id. */
export async function handIn(api: Api, file: Blob): Promise<string> {
  const known = sent.get(file);
  if (known && Date.parse(known.expires_at) - EARLY_MS > Date.now()) return known.id;
  const upload = await api.ask<Upload>('/v1/uploads', { method: 'POST', body: file });
  sent.set(file, upload);
  return upload.id;
}
