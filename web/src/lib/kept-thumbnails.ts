/** The reader's own thumbnails, which the service worker keeps for visits without a network (see service-worker.js). */
const THUMBNAILS = 'avila-thumbnails';

const areKept = (): boolean => 'caches' in window; // not in an insecure context

/** Their addresses, the ones kept last first. */
export async function keptThumbnails(): Promise<string[]> {
  if (!areKept()) return [];
  const cache = await caches.open(THUMBNAILS);
  return (await cache.keys()).map(({ url }) => url).reverse();
}

/** At the end of a session, and when pictures are deleted for good. */
export async function forgetThumbnails(): Promise<void> {
  if (areKept()) await caches.delete(THUMBNAILS);
}
