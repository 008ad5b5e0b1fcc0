import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  addAlbum,
  changeAlbum,
  emptyTrash,
  markPicture,
  restorePictures,
  trashPictures,
  zipPictures,
  type GalleryPicture,
  type Marks,
} from '@/api/pictures';
import { useApi } from '@/api/port';
import { PICTURES } from '@/api/query';
import { useAnnounce } from '@/components/live-region';
import type { usePictures } from '@/features/gallery/use-pictures';
import { saveBlob } from '@/lib/download';
import { forgetThumbnails } from '@/lib/kept-thumbnails';

type Found = Pick<ReturnType<typeof usePictures>, 'put' | 'drop' | 'reload'>;

/** What can be done with pictures. What was done is shown at once; what failed is told and shown as it is. */
export function useGalleryActions({ put, drop, reload }: Found) {
  const { t } = useTranslation('places');
  const api = useApi();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  /** What was just thrown away, for as long as it can be taken back in one press. */
  const [undoable, setUndoable] = useState<readonly string[]>([]);

  const act = useCallback(async (action: () => Promise<void>) => {
    setIsBusy(true);
    setError(null);
    try {
      await action();
    } catch (failure) {
      setError(failure);
    } finally {
      setIsBusy(false);
    }
  }, []);

  const refreshLists = useCallback(async () => {
    await Promise.all([queries.invalidateQueries({ queryKey: ['albums'] }), queries.invalidateQueries({ queryKey: ['tags'] })]);
  }, [queries]);

  return {
    isBusy,
    error,
    undoable,
    forgetUndo: () => setUndoable([]),
    forgetError: () => setError(null),
    mark: (pictures: readonly GalleryPicture[], marksOf: (picture: GalleryPicture) => Marks) =>
      act(async () => {
        for (const picture of pictures) put(await markPicture(api, picture.id, marksOf(picture)));
        await refreshLists();
        announce(t('gallery.done'));
      }),
    trash: (ids: readonly string[]) =>
      act(async () => {
        await trashPictures(api, ids);
        drop(new Set(ids));
        setUndoable(ids);
        announce(t('gallery.trashed', { count: ids.length }));
      }),
    undo: () =>
      act(async () => {
        await restorePictures(api, undoable);
        announce(t('gallery.restored', { count: undoable.length }));
        setUndoable([]);
        await reload();
      }),
    restore: (ids: readonly string[]) =>
      act(async () => {
        await restorePictures(api, ids);
        drop(new Set(ids));
        announce(t('gallery.restored', { count: ids.length }));
      }),
    emptyTrash: () =>
      act(async () => {
        await emptyTrash(api);
        await forgetThumbnails();
        queries.removeQueries({ queryKey: PICTURES, type: 'inactive' });
        setUndoable([]);
        await reload();
      }),
    zip: (ids: readonly string[]) => act(() => zipPictures(api, ids, (zip) => saveBlob(zip, 'avila.zip'))),
    addToAlbum: (album: { id: string } | { name: string }, ids: readonly string[]) =>
      act(async () => {
        const { id } = 'id' in album ? album : await addAlbum(api, album.name);
        await changeAlbum(api, id, 'add', ids);
        await refreshLists();
        announce(t('gallery.done'));
      }),
    takeOut: (album: string, ids: readonly string[]) =>
      act(async () => {
        await changeAlbum(api, album, 'remove', ids);
        drop(new Set(ids));
        await refreshLists();
      }),
  };
}
