import { useInfiniteQuery } from '@tanstack/react-query';
import { useApi } from '@/api/port';
import { JOBS } from '@/api/query';
import { picturesOf, runOf, type Picture } from '@/features/create/model/runs';

const PAGE = 24;

export interface GalleryPicture extends Picture {
  jobId: string;
}

/** Every finished picture, the newest first, a page of jobs at a time. */
export function usePictures() {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: [...JOBS, 'gallery'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => api.jobs({ statuses: ['succeeded'], cursor: pageParam, limit: PAGE }, signal),
    getNextPageParam: ({ next }) => next,
    select: ({ pages }): GalleryPicture[] =>
      pages.flatMap(({ jobs }) => jobs.flatMap((job) => picturesOf(runOf(job)).map((picture) => ({ ...picture, jobId: job.id })))),
  });
}
