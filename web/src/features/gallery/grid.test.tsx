import { act, fireEvent, render, screen } from '@testing-library/react';
import { I18nextProvider } from 'react-i18next';
import { describe, expect, it, vi } from 'vitest';
import type { GalleryPicture } from '@/api/pictures';
import { Grid, type GridProps } from '@/features/gallery/grid';
import { makeI18n } from '@/lib/i18n';
import { loadPart } from '@/lib/i18n/places-loader';
import { makeParameters } from '@/test-factories';

const WIDTH = 1152;
const COLUMNS = 6;
const ROW = 194; // (1152 - 5 gaps of 12) / 6 and the gap below
const AT_MOST = (Math.ceil(window.innerHeight / ROW) + 7) * COLUMNS;

/** How often tiles were drawn: each asks its picture once for its thumbnail. */
let drawn = 0;

function makePicture(index: number): GalleryPicture {
  const picture = { id: `p${index}`, jobId: 'j', url: '', seed: 1, spec: makeParameters(), createdAt: 0, mediaType: 'image/png', bytes: 1, isFavourite: false, rating: 0, tags: [] };
  return Object.defineProperty(picture, 'thumbnailUrl', {
    enumerable: true,
    get: () => {
      drawn += 1;
      return `/files/p${index}/thumbnail`;
    },
  }) as unknown as GalleryPicture;
}
const make = (count: number) => Array.from({ length: count }, (_, index) => makePicture(index));

const isNumber = (name: string | symbol) => typeof name === 'string' && /^\d+$/.test(name);

/** The same list, which counts how many of its pictures are looked at. */
function watched(pictures: GalleryPicture[]): { pictures: GalleryPicture[]; looks: () => number } {
  let looks = 0;
  const get = (target: GalleryPicture[], name: string | symbol): unknown => {
    if (isNumber(name)) looks += 1;
    return Reflect.get(target, name);
  };
  return { pictures: new Proxy(pictures, { get }), looks: () => looks };
}

async function open(pictures: readonly GalleryPicture[]) {
  const i18n = makeI18n();
  await loadPart(i18n, 'en', 'places');
  const place = { top: 0 };
  vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockImplementation(() => new DOMRect(0, -place.top, WIDTH, 0));
  const props: GridProps = { pictures, chosen: null, onOpen: vi.fn(), onChoose: vi.fn(), onKey: vi.fn(), onNearEnd: vi.fn(), onBroken: vi.fn() };
  const grid = (changes: Partial<GridProps> = {}) => (
    <I18nextProvider i18n={i18n}>
      <Grid {...props} {...changes} />
    </I18nextProvider>
  );
  const { rerender, unmount } = render(grid());
  const scrollTo = async (row: number) => {
    place.top = row * ROW;
    await act(async () => {
      fireEvent.scroll(window);
      await new Promise(requestAnimationFrame);
    });
  };
  await scrollTo(0);
  return { props, scrollTo, unmount, show: (changes: Partial<GridProps>) => rerender(grid(changes)) };
}

describe('scrolling', () => {
  it('draws each tile once, when it comes in', async () => {
    const pictures = make(600);
    const { scrollTo, show } = await open(pictures);
    await scrollTo(50);
    drawn = 0;
    const formats = vi.spyOn(Intl, 'DateTimeFormat');
    for (const row of [51, 52, 53, 54]) await scrollTo(row);
    expect(drawn).toBe(4 * COLUMNS);
    expect(formats).not.toHaveBeenCalled();
    show({ pictures: [...pictures, ...make(100)], onOpen: vi.fn(), onBroken: vi.fn() }); // a page more
    expect(screen.getAllByRole('listitem')[0]?.getAttribute('aria-setsize')).toBe('700');
    expect(drawn).toBe(4 * COLUMNS);
  });

  it('costs what is on the screen, however many pictures are loaded', async () => {
    const costs: number[][] = [];
    for (const count of [1_000, 50_000]) {
      const { pictures, looks } = watched(make(count));
      const { scrollTo, unmount } = await open(pictures);
      await scrollTo(100);
      const before = looks();
      drawn = 0;
      await scrollTo(101);
      costs.push([looks() - before, drawn]);
      unmount();
    }
    expect(costs[0]?.[0]).toBeLessThanOrEqual(AT_MOST);
    expect(costs[1]).toEqual(costs[0]);
  });

  it('draws nothing between one row and the next', async () => {
    const { pictures, looks } = watched(make(1_000));
    const { scrollTo } = await open(pictures);
    await scrollTo(100.1);
    const before = looks();
    await scrollTo(100.6);
    expect(looks()).toBe(before);
  });

  it('loads no picture that has gone by', async () => {
    const { scrollTo } = await open(make(600));
    const [first] = screen.getAllByRole('presentation');
    expect(first?.getAttribute('src')).toBe('/files/p0/thumbnail');
    await scrollTo(50);
    expect(first?.hasAttribute('src')).toBe(false);
  });
});

describe('a tile', () => {
  it('is opened by a press, and chosen with Ctrl, or with Shift as the end of a range', async () => {
    const pictures = make(30);
    const { props } = await open(pictures);
    const [, second, third] = screen.getAllByRole('button');
    fireEvent.click(second?.querySelector('img') ?? document.body);
    expect(props.onOpen).toHaveBeenCalledExactlyOnceWith(pictures[1]);
    fireEvent.click(third ?? document.body, { ctrlKey: true });
    fireEvent.click(third ?? document.body, { shiftKey: true });
    expect(vi.mocked(props.onChoose).mock.calls).toEqual([[2, false], [2, true]]);
    fireEvent.click(screen.getByRole('list'));
    expect(props.onOpen).toHaveBeenCalledTimes(1);
  });

  it('is chosen by a finger that stays, whose click opens nothing', async () => {
    const { props } = await open(make(30));
    vi.useFakeTimers();
    const second = screen.getAllByRole('button')[1] ?? document.body;
    fireEvent.pointerDown(second, { pointerType: 'touch', clientX: 10, clientY: 10 });
    vi.advanceTimersByTime(500);
    vi.useRealTimers();
    fireEvent.pointerUp(second);
    fireEvent.click(second);
    expect(props.onChoose).toHaveBeenCalledExactlyOnceWith(1, false);
    expect(props.onOpen).not.toHaveBeenCalled();
  });

  it('tells when its picture cannot be loaded, and takes the place in the order of Tab when it is focused', async () => {
    const { props } = await open(make(30));
    const third = screen.getAllByRole('button')[2] ?? document.body;
    fireEvent.error(third.querySelector('img') ?? document.body);
    expect(props.onBroken).toHaveBeenCalledTimes(1);
    act(() => third.focus());
    expect(screen.getAllByRole('button').filter(({ tabIndex }) => tabIndex === 0)).toEqual([third]);
  });
});
