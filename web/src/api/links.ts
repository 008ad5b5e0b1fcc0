/** The gateway signs links for its own name; the page may be open under another one, and both lead to the same place. */
export function ownLink(url: string): string {
  const { pathname, search } = new URL(url, window.location.origin);
  return pathname + search;
}

/** A picture's own link shows its small one too. */
export const thumbnailLink = (link: string): string => link.replace('?', '/thumbnail?');
