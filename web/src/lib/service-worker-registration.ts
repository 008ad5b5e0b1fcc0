/** Registers the worker that keeps the shell for offline visits; a new version takes over at the next visit. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  window.addEventListener('load', () => {
    navigator.serviceWorker.register('/sw.js').catch(() => undefined); // private windows refuse; nothing is lost
  });
}
