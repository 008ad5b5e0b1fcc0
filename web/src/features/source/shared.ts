/** The picture that another app shared with the installed page: the service worker left it here. Taken once. */
export async function takeShared(): Promise<Blob | null> {
  if (!('caches' in window) || new URLSearchParams(window.location.search).get('shared') === null) return null;
  const cache = await caches.open('avila-shared');
  const left = await cache.match('/shared');
  await cache.delete('/shared');
  return left ? left.blob() : null;
}
