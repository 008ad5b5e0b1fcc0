import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { searchPictures, type GalleryPicture, type PicturePage } from '@/api/pictures';
import { useApi } from '@/api/port';
import { PICTURES } from '@/api/query';
import { useCreate } from '@/features/create/create-context';
import { isRunning } from '@/features/create/model/runs';

type Data = InfiniteData<PicturePage, number | null>;

/** Found pictures, the newest first, page by page. What was read stays: a thousand pages are not read anew for one change. */
export function usePictures(line: string) {
  const api = useApi();
  const queries = useQueryClient();
  const key = useMemo(() => [...PICTURES, line], [line]);
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => searchPictures(api, line, pageParam, signal),
    getNextPageParam: ({ next }) => next,
    staleTime: Infinity,
    gcTime: 60_000,
    refetchOnReconnect: false,
  });
  const pictures = useMemo(() => query.data?.pages.flatMap((page) => page.pictures), [query.data]);

  const edit = useCallback(
    (change: (all: GalleryPicture[]) => GalleryPicture[]) => {
      queries.setQueryData<Data>(key, (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, pictures: change(page.pictures) })) });
    },
    [key, queries],
  );
  const put = useCallback(
    (changed: GalleryPicture) => edit((all) => all.map((picture) => (picture.id === changed.id ? { ...picture, ...changed } : picture))),
    [edit],
  );
  const drop = useCallback(
    (ids: ReadonlySet<string>) => {
      edit((all) => all.filter(({ id }) => !ids.has(id)));
      queries.removeQueries({ queryKey: PICTURES, type: 'inactive' });
    },
    [edit, queries],
  );
  /** From the top; what other searches found is forgotten too. */
  const reload = useCallback(async () => {
    queries.removeQueries({ queryKey: PICTURES, type: 'inactive' });
    await queries.resetQueries({ queryKey: key });
  }, [key, queries]);

  useNewOnes(line, key);
  return { ...query, pictures, put, drop, reload };
}

/** Pictures that were finished meanwhile come in at the top. */
function useNewOnes(line: string, key: readonly unknown[]): void {
  const api = useApi();
  const queries = useQueryClient();
  const { runs } = useCreate();
  const ended = runs.filter((run) => !isRunning(run)).length;
  useEffect(() => {
    const known = queries.getQueryData<Data>(key);
    if (known === undefined) return;
    const first = async () => {
      const newest = await searchPictures(api, line, null);
      queries.setQueryData<Data>(key, (data) => data && withNew(data, newest.pictures));
    };
    first().catch(() => undefined); // they come with the next look at the gallery
  }, [api, ended, key, line, queries]);
}

function withNew(data: Data, newest: readonly GalleryPicture[]): Data {
  const known = new Set(data.pages.flatMap(({ pictures }) => pictures.map(({ id }) => id)));
  const fresh = newest.filter(({ id }) => !known.has(id));
  const [first, ...rest] = data.pages;
  if (fresh.length === 0 || first === undefined) return data;
  return { ...data, pages: [{ ...first, pictures: [...fresh, ...first.pictures] }, ...rest] };
}
