/** Save `url` under `name`, as a click on a link with `download` does. */
function save(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.rel = 'noopener';
  document.body.append(link);
  link.click();
  link.remove();
}

const KEPT_MS = 60_000;

/**
 * Saves a file under our name for it. The bytes are fetched first, since a name that the server sends would win over the
 * link's own; should that fail, the browser downloads it itself, under the server's name, and says what is wrong.
 */
export async function download(url: string, name: string): Promise<void> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    saveBlob(await response.blob(), name);
  } catch {
    save(url, name);
  }
}

export function saveBlob(blob: Blob, name: string): void {
  const local = URL.createObjectURL(blob);
  save(local, name);
  setTimeout(() => URL.revokeObjectURL(local), KEPT_MS);
}

/** A file name that says what it shows: the prompt's first words without accents, then the seed. */
export function fileName(prompt: string, seed: number, extension: string): string {
  const words = prompt
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  const stem = (words ?? []).join('-').slice(0, 48).replace(/-+$/, '');
  return `${stem || 'avila'}-${seed}.${extension}`;
}
