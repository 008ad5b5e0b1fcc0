import { Mask, ON } from '@/features/mask/model/mask';

function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no canvas');
  return [canvas, context];
}

/** White where it is repainted. */
export async function maskFile(mask: Mask): Promise<Blob> {
  const [canvas, context] = canvasOf(mask.width, mask.height);
  const pixels = new ImageData(mask.width, mask.height);
  const words = new Uint32Array(pixels.data.buffer);
  for (let index = 0; index < words.length; index += 1) words[index] = mask.data[index] === ON ? 0xffffffff : 0xff000000;
  context.putImageData(pixels, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('the mask could not be written')) : resolve(blob)), 'image/png');
  });
}

/** The lightness of a picture, stretched to the mask's size; what is transparent counts as dark. */
export async function greysOf(file: Blob, width: number, height: number): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(file);
  const [, context] = canvasOf(width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const greys = new Uint8Array(width * height);
  for (let index = 0; index < greys.length; index += 1) {
    const at = index * 4;
    const light = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
    greys[index] = (light * (data[at + 3] ?? 0)) / 255;
  }
  return greys;
}

/** A mask that was painted before, as large as its file. */
export async function maskOf(file: Blob): Promise<Mask> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  bitmap.close();
  const mask = new Mask(width, height);
  mask.load(await greysOf(file, width, height));
  mask.commit();
  return mask;
}
