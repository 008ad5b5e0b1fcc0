import { Button, Container, Group, Loader, Text, Title, UnstyledButton } from '@mantine/core';
import { IconArrowsDiff, IconPhoto } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { ErrorNotice } from '@/components/error-notice';
import styles from '@/features/gallery/gallery.module.css';
import { usePictures, type GalleryPicture } from '@/features/gallery/use-pictures';
import { useFormat } from '@/lib/format';

const Viewer = lazy(async () => ({ default: (await import('@/features/create/viewer')).Viewer }));
const CompareDialog = lazy(async () => ({ default: (await import('@/features/compare/compare-dialog')).CompareDialog }));

export function GalleryScreen() {
  const { t } = useTranslation();
  const { data: pictures, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = usePictures();
  if (isPending) {
    return (
      <Page>
        <Loader aria-label={t('common.loading')} />
      </Page>
    );
  }
  if (pictures === undefined) {
    return (
      <Page>
        <ErrorNotice error={error} title={t('gallery.failed')} onRetry={() => void refetch()} />
      </Page>
    );
  }
  if (pictures.length === 0) {
    return (
      <Page>
        <EmptyState Icon={IconPhoto} title={t('gallery.empty')} text={t('gallery.emptyHelp')}>
          <Button component={Link} to="/" mt="sm">
            {t('gallery.create')}
          </Button>
        </EmptyState>
      </Page>
    );
  }
  return (
    <Pictures pictures={pictures}>
      <More hasMore={hasNextPage} isLoading={isFetchingNextPage} onMore={() => void fetchNextPage()} />
    </Pictures>
  );
}

function Page({ tools, children }: { tools?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Container fluid py="lg" px="lg">
      <Group justify="space-between" mb="lg">
        <Title order={1}>{t('gallery.title')}</Title>
        {tools}
      </Group>
      {children}
    </Container>
  );
}

/** A press opens a picture; while two are being chosen to be compared, it chooses. */
function Pictures({ pictures, children }: { pictures: readonly GalleryPicture[]; children: ReactNode }) {
  const [viewed, setViewed] = useState<string | null>(null);
  const [chosen, setChosen] = useState<readonly GalleryPicture[] | null>(null);
  const [first, second] = chosen ?? [];
  const isChosen = (picture: GalleryPicture) => chosen?.some(({ id }) => id === picture.id) ?? null;
  const press = (picture: GalleryPicture) => {
    if (chosen === null) setViewed(picture.id);
    else setChosen(isChosen(picture) ? chosen.filter(({ id }) => id !== picture.id) : [...chosen, picture]);
  };
  return (
    <Page
      tools={pictures.length > 1 && <CompareToggle isOn={chosen !== null} onToggle={() => setChosen(chosen === null ? [] : null)} />}
    >
      <ul className={styles.grid}>
        {pictures.map((picture) => (
          <Tile key={picture.id} picture={picture} isChosen={isChosen(picture)} onPress={() => press(picture)} />
        ))}
      </ul>
      {children}
      <Suspense>
        {viewed !== null && <Viewer pictures={pictures} startAt={viewed} onClose={() => setViewed(null)} />}
        {first && second && <CompareDialog left={first} right={second} onClose={() => setChosen([])} />}
      </Suspense>
    </Page>
  );
}

function CompareToggle({ isOn, onToggle }: { isOn: boolean; onToggle: () => void }) {
  const { t } = useTranslation();
  return (
    <Group gap="sm">
      {isOn && (
        <Text size="sm" c="dimmed" role="status">
          {t('gallery.selecting')}
        </Text>
      )}
      <Button variant={isOn ? 'filled' : 'default'} leftSection={<IconArrowsDiff size={18} />} aria-pressed={isOn} onClick={onToggle}>
        {isOn ? t('gallery.stop') : t('gallery.select')}
      </Button>
    </Group>
  );
}

interface TileProps {
  picture: GalleryPicture;
  /** Null while nothing is being chosen. */
  isChosen: boolean | null;
  onPress: () => void;
}

function Tile({ picture, isChosen, onPress }: TileProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const facts = { prompt: picture.spec.prompt, date: format.date(new Date(picture.createdAt)) };
  return (
    <li className={styles.item}>
      <UnstyledButton
        className={styles.tile ?? ''}
        aria-label={isChosen === null ? t('gallery.open', facts) : t('gallery.choose', facts)}
        {...(isChosen !== null && { 'aria-pressed': isChosen })}
        onClick={onPress}
      >
        <img src={picture.url} alt="" loading="lazy" decoding="async" className={styles.picture} />
      </UnstyledButton>
    </li>
  );
}

/** Loads on as its button comes near; the button is there for a keyboard and for whoever scrolls faster than the net. */
function More({ hasMore, isLoading, onMore }: { hasMore: boolean; isLoading: boolean; onMore: () => void }) {
  const { t } = useTranslation();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = end;
    if (!hasMore || isLoading || current === null || typeof IntersectionObserver === 'undefined') return undefined;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onMore(), { rootMargin: '600px' });
    observer.observe(current);
    return () => observer.disconnect();
  }, [hasMore, isLoading, onMore]);
  return (
    <Group ref={end} justify="center" py="lg">
      {hasMore ? (
        <Button variant="default" loading={isLoading} onClick={onMore}>
          {t('gallery.more')}
        </Button>
      ) : (
        <Text size="sm" c="dimmed">
          {t('gallery.end')}
        </Text>
      )}
    </Group>
  );
}
