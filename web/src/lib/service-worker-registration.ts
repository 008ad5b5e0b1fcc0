/** Registers the worker that keeps the shell for offline visits; a new version takes over at the next visit. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const register = () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined); // private windows refuse; nothing is lost
  // The texts of another language may come after everything else that the page loads.
  if (document.readyState === 'complete') register();
  else window.addEventListener('load', register, { once: true });
}
