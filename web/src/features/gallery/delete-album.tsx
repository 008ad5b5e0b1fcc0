import { Button } from '@mantine/core';
import { IconFolderX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deleteAlbum } from '@/api/pictures';
import { useApi } from '@/api/port';
import { AskDialog } from '@/components/ask-dialog';
import { ErrorNotice } from '@/components/error-notice';
import { useAlbums } from '@/features/gallery/filters';
import { fieldOf, withField } from '@/features/gallery/model/search-line';

/** While an album is looked at: the way to be rid of it. Its pictures stay. */
export function DeleteAlbum({ line, onChange }: { line: string; onChange: (line: string) => void }) {
  const { t } = useTranslation('places');
  const api = useApi();
  const queries = useQueryClient();
  const { data: albums = [] } = useAlbums();
  const [isAsking, setIsAsking] = useState(false);
  const album = albums.find(({ name }) => name === fieldOf(line, 'album'));
  const removing = useMutation({
    mutationFn: (id: string) => deleteAlbum(api, id),
    onSuccess: async () => {
      onChange(withField(line, 'album', null));
      await queries.invalidateQueries({ queryKey: ['albums'] });
    },
  });
  if (!album) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconFolderX size={18} />} loading={removing.isPending} onClick={() => setIsAsking(true)}>
        {t('gallery.deleteAlbum')}
      </Button>
      {removing.error && <ErrorNotice error={removing.error} />}
      {isAsking && (
        <AskDialog
          title={t('gallery.deleteAlbum')}
          question={t('gallery.deleteAlbumAsk', { name: album.name })}
          yes={t('gallery.deleteAlbum')}
          onYes={() => removing.mutate(album.id)}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}
