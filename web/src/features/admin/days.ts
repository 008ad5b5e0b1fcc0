import type { Day } from '@/api/admin';

/** Every day from `since` on, those without a picture too. Days are UTC's, as the gateway counts them. */
export function filledDays(known: readonly Pick<Day, 'day' | 'images'>[], since: string, count: number): { day: string; images: number }[] {
  const images = new Map(known.map((one) => [one.day, one.images]));
  const start = Date.parse(`${since}T00:00:00Z`);
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(start + index * 86_400_000).toISOString().slice(0, 10);
    return { day, images: images.get(day) ?? 0 };
  });
}
