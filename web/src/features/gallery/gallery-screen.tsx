import { Button, Loader, Text, Title } from '@mantine/core';
import { IconPhoto, IconPhotoSearch, IconSquareCheck, IconTrash, IconTrashX } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GalleryPicture } from '@/api/pictures';
import { AskDialog } from '@/components/ask-dialog';
import { EmptyState } from '@/components/empty-state';
import { ErrorNotice } from '@/components/error-notice';
import { DeleteAlbum } from '@/features/gallery/delete-album';
import { Filters, SearchField, useAlbums } from '@/features/gallery/filters';
import styles from '@/features/gallery/gallery.module.css';
import { Grid } from '@/features/gallery/grid';
import { fieldOf, hasFlag } from '@/features/gallery/model/search-line';
import { SelectionBar } from '@/features/gallery/selection-bar';
import { UndoNotice } from '@/features/gallery/undo-notice';
import { useGalleryActions } from '@/features/gallery/use-gallery-actions';
import { usePictures } from '@/features/gallery/use-pictures';
import { useSelection } from '@/features/gallery/use-selection';
import { withPlaces } from '@/lib/i18n/places';

const PictureView = lazy(async () => ({ default: (await import('@/features/gallery/picture-view')).PictureView }));
const CompareDialog = lazy(async () => ({ default: (await import('@/features/compare/compare-dialog')).CompareDialog }));

export const GalleryScreen = withPlaces(function GalleryScreen() {
  const { t } = useTranslation('places');
  const navigate = useNavigate();
  const { q: line = '' } = useSearch({ from: '/gallery' });
  const setLine = useCallback(
    (next: string) => void navigate({ to: '/gallery', search: next === '' ? {} : { q: next }, replace: true }),
    [navigate],
  );
  const [isChoosing, setIsChoosing] = useState(false);
  const isTrash = hasFlag(line, 'trashed');
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <Title order={1}>{t('gallery.title')}</Title>
        <SearchField line={line} onChange={setLine} />
      </div>
      <div className={styles.filters}>
        <Filters line={line} onChange={setLine} />
        <DeleteAlbum line={line} onChange={setLine} />
        <Button
          ml="auto"
          variant={isChoosing ? 'filled' : 'default'}
          leftSection={<IconSquareCheck size={18} />}
          aria-pressed={isChoosing}
          onClick={() => setIsChoosing(!isChoosing)}
        >
          {isChoosing ? t('gallery.stop') : t('gallery.select')}
        </Button>
      </div>
      <Found key={line} line={line} isTrash={isTrash} isChoosing={isChoosing} onChoosing={setIsChoosing} />
    </div>
  );
});

interface FoundProps {
  line: string;
  isTrash: boolean;
  isChoosing: boolean;
  onChoosing: (isChoosing: boolean) => void;
}

function Found({ line, isTrash, isChoosing, onChoosing }: FoundProps) {
  const { t } = useTranslation(['places', 'translation']);
  const found = usePictures(line);
  if (found.pictures !== undefined) {
    return <Shown {...{ line, isTrash, isChoosing, onChoosing }} found={{ ...found, pictures: found.pictures }} />;
  }
  if (found.error) return <ErrorNotice error={found.error} title={t('gallery.failed')} onRetry={() => void found.refetch()} />;
  return <Loader aria-label={t('translation:common.loading')} mx="auto" display="block" />;
}

interface ShownProps extends FoundProps {
  found: ReturnType<typeof usePictures> & { pictures: GalleryPicture[] };
}

function Shown({ found, line, isTrash, isChoosing, onChoosing }: ShownProps) {
  const { t } = useTranslation('places');
  const actions = useGalleryActions(found);
  const { pictures, isFetchingNextPage, dataUpdatedAt, reload } = found;
  const [viewed, setViewed] = useState<string | null>(null);
  const selection = useSelection(pictures, isChoosing);
  const onNearEnd = useNextPage(found);
  const onBroken = useCallback(() => {
    // Links run out after a while.
    if (Date.now() - dataUpdatedAt > LINKS_LAST_MS) void reload();
  }, [dataUpdatedAt, reload]);
  const trash = (ids: readonly string[]) => {
    const next = viewed !== null && ids.includes(viewed) ? neighbour(pictures, viewed) : viewed;
    void actions.trash(ids).then(() => setViewed(next));
  };
  return (
    <>
      {actions.error !== null && <ErrorNotice error={actions.error} onRetry={actions.forgetError} />}
      {isTrash && pictures.length > 0 && <TrashHead onEmpty={() => void actions.emptyTrash()} />}
      {pictures.length === 0 ? (
        <Nothing line={line} isTrash={isTrash} />
      ) : (
        <Grid
          pictures={pictures}
          chosen={isChoosing ? selection.chosen : null}
          onOpen={({ id }) => setViewed(id)}
          onChoose={(index, isRange) => {
            onChoosing(true);
            selection.choose(index, isRange);
          }}
          onKey={(picture, key) => {
            if (key === 'f') void actions.mark([picture], () => ({ is_favourite: !picture.isFavourite }));
            if (/^[0-5]$/.test(key)) void actions.mark([picture], () => ({ rating: Number(key) }));
            if (key === 'Delete') void (isTrash ? actions.restore([picture.id]) : actions.trash([picture.id]));
          }}
          onNearEnd={onNearEnd}
          onBroken={onBroken}
        />
      )}
      {isFetchingNextPage && <Loader aria-label={t('gallery.loadingMore')} mx="auto" mt="md" display="block" />}
      {isChoosing && pictures.length > 0 && <Chosen {...{ line, isTrash, selection, actions }} onTrash={trash} />}
      {actions.undoable.length > 0 && (
        <UndoNotice count={actions.undoable.length} isRaised={isChoosing} onUndo={() => void actions.undo()} onEnd={actions.forgetUndo} />
      )}
      <Suspense>
        {viewed !== null && (
          <PictureView
            pictures={pictures}
            id={viewed}
            isTrash={isTrash}
            onMove={setViewed}
            onMark={(picture, marks) => void actions.mark([picture], () => marks)}
            onTrash={({ id }) => trash([id])}
            onRestore={({ id }) => {
              setViewed(neighbour(pictures, id));
              void actions.restore([id]);
            }}
            onClose={() => setViewed(null)}
          />
        )}
      </Suspense>
    </>
  );
}

function useNextPage({ hasNextPage, isFetchingNextPage, fetchNextPage }: ReturnType<typeof usePictures>): () => void {
  return useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
}

interface ChosenProps {
  line: string;
  isTrash: boolean;
  selection: ReturnType<typeof useSelection>;
  actions: ReturnType<typeof useGalleryActions>;
  onTrash: (ids: readonly string[]) => void;
}

function Chosen({ line, isTrash, selection, actions, onTrash }: ChosenProps) {
  const { data: albums = [] } = useAlbums();
  const album = albums.find(({ name }) => name === fieldOf(line, 'album')) ?? null;
  const [compared, setCompared] = useState<readonly GalleryPicture[]>([]);
  const [first, second] = compared;
  const { ids, pictures } = selection;
  return (
    <>
      <SelectionBar
        count={ids.length}
        isTrash={isTrash}
        isBusy={actions.isBusy}
        actions={{
          compare: () => setCompared(pictures),
          mark: (marks) => void actions.mark(pictures, () => marks),
          addTag: (tag) => void actions.mark(pictures, ({ tags }) => ({ tags: [...new Set([...tags, tag])] })),
          addToAlbum: (target) => void actions.addToAlbum(target, ids),
          takeOut: album && (() => void actions.takeOut(album.id, ids)),
          zip: () => void actions.zip(ids),
          trash: () => onTrash(ids),
          restore: () => void actions.restore(ids),
          clear: selection.clear,
        }}
      />
      <Suspense>{first && second && <CompareDialog left={first} right={second} onClose={() => setCompared([])} />}</Suspense>
    </>
  );
}

function TrashHead({ onEmpty }: { onEmpty: () => void }) {
  const { t } = useTranslation('places');
  const [isAsking, setIsAsking] = useState(false);
  return (
    <div className={styles.filters}>
      <Text size="sm" c="dimmed">
        {t('gallery.trashHelp')}
      </Text>
      <Button variant="default" leftSection={<IconTrashX size={18} />} onClick={() => setIsAsking(true)}>
        {t('gallery.emptyTrash')}
      </Button>
      {isAsking && (
        <AskDialog title={t('gallery.emptyTrash')} question={t('gallery.emptyTrashAsk')} yes={t('gallery.emptyTrash')} onYes={onEmpty} onClose={() => setIsAsking(false)} />
      )}
    </div>
  );
}

const LINKS_LAST_MS = 10 * 60_000;

/** The one to look at when this one goes. */
function neighbour(pictures: readonly GalleryPicture[], id: string): string | null {
  const index = pictures.findIndex((picture) => picture.id === id);
  return (pictures[index + 1] ?? pictures[index - 1])?.id ?? null;
}

function Nothing({ line, isTrash }: { line: string; isTrash: boolean }) {
  const { t } = useTranslation('places');
  if (isTrash) return <EmptyState Icon={IconTrash} title={t('gallery.trashEmpty')} text={t('gallery.trashHelp')} />;
  if (line !== '') return <EmptyState Icon={IconPhotoSearch} title={t('gallery.noMatch')} text={t('gallery.noMatchHelp')} />;
  return (
    <EmptyState Icon={IconPhoto} title={t('gallery.empty')} text={t('gallery.emptyHelp')}>
      <Button component={Link} to="/" mt="sm">
        {t('gallery.create')}
      </Button>
    </EmptyState>
  );
}
