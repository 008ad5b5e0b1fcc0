/** Save `url` under `name`, as a click on a link with `download` does. */
export function download(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.rel = 'noopener';
  document.body.append(link);
  link.click();
  link.remove();
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
