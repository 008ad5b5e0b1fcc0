import { isFlag, readStored, writeStored } from '@/lib/storage';

/** Notifications of the system, when a picture is ready and the page is not looked at. Off until the reader wants them. */
const WANTED = 'notify';

export const canNotify = (): boolean => 'Notification' in window;
export const wantsNotices = (): boolean => canNotify() && readStored(WANTED, false, isFlag) && Notification.permission === 'granted';

/** Asks the browser where it was not asked yet; true when notices will come. */
export async function wantNotices(isWanted: boolean): Promise<boolean> {
  const isAllowed = isWanted && (await Notification.requestPermission()) === 'granted';
  writeStored(WANTED, isAllowed);
  return isAllowed;
}

/** Phones show notices only through the service worker; where there is none, the page shows them itself. */
export async function notify(title: string, options: NotificationOptions): Promise<void> {
  if (!wantsNotices() || !document.hidden) return;
  const registration = await navigator.serviceWorker.getRegistration();
  if (registration) await registration.showNotification(title, options);
  else new Notification(title, options);
}
