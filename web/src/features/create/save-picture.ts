import { download, fileName } from '@/lib/download';

/** Saves the file exactly as the server made it, so that its marks and its recipe stay in it. */
export function savePicture({ url, seed, prompt }: { url: string; seed: number; prompt: string }): void {
  void download(url, fileName(prompt, seed, 'png'));
}
