import { ActionIcon, CloseButton, NativeSelect, Popover, TextInput, Button } from '@mantine/core';
import { IconHeart, IconHeartFilled, IconHelp, IconSearch, IconTrash } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '@tanstack/react-query';
import { listAlbums, listTags } from '@/api/pictures';
import { useApi } from '@/api/port';
import { PICTURES, useModels } from '@/api/query';
import styles from '@/features/gallery/gallery.module.css';
import { fieldOf, hasFlag, withField, withFlag } from '@/features/gallery/model/search-line';

export const useAlbums = () => {
  const api = useApi();
  return useQuery({ queryKey: ['albums'], queryFn: ({ signal }) => listAlbums(api, signal) });
};
export const useTags = () => {
  const api = useApi();
  return useQuery({ queryKey: ['tags', ...PICTURES], queryFn: ({ signal }) => listTags(api, signal) });
};

interface LineProps {
  line: string;
  onChange: (line: string) => void;
}

const TYPED_MS = 350;

const GRAMMAR = [
  { key: 'words', example: 'red apple' },
  { key: 'phrase', example: '"red apple"' },
  { key: 'without', example: '-pear' },
  { key: 'number', example: 'steps:>20' },
  { key: 'model', example: 'model:avila-demo' },
  { key: 'day', example: 'from:2026-01-31' },
  { key: 'tag', example: 'tag:best' },
] as const;

/** What is typed is searched after a short rest, or at once with Enter. */
export function SearchField({ line, onChange }: LineProps) {
  const { t } = useTranslation('places');
  const [text, setText] = useState(line);
  const [known, setKnown] = useState(line);
  if (known !== line) {
    setKnown(line);
    setText(line);
  }
  useEffect(() => {
    if (text.trim() === line) return undefined;
    const timer = setTimeout(() => onChange(text.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text, line, onChange]);
  return (
    <form
      role="search"
      className={styles.search}
      onSubmit={(event) => {
        event.preventDefault();
        onChange(text.trim());
      }}
    >
      <TextInput
        aria-label={t('gallery.search')}
        placeholder={t('gallery.search')}
        value={text}
        maxLength={500}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        leftSection={<IconSearch size={18} aria-hidden />}
        rightSectionWidth={text === '' ? 36 : 68}
        rightSection={
          <>
            {text !== '' && (
              <CloseButton
                variant="subtle"
                aria-label={t('gallery.clear')}
                onClick={() => {
                  setText('');
                  onChange('');
                }}
              />
            )}
            <Popover width={360} position="bottom-end" withArrow>
              <Popover.Target>
                <ActionIcon variant="subtle" color="gray" c="dimmed" aria-label={t('gallery.searchHelp')} title={t('gallery.searchHelp')}>
                  <IconHelp size={18} />
                </ActionIcon>
              </Popover.Target>
              <Popover.Dropdown maw="calc(100vw - 1rem)">
                <dl className={styles.grammar}>
                  {GRAMMAR.map(({ key, example }) => (
                    <div key={key} style={{ display: 'contents' }}>
                      <dt lang="en">{example}</dt>
                      <dd>{t(`gallery.grammar.${key}`)}</dd>
                    </div>
                  ))}
                </dl>
              </Popover.Dropdown>
            </Popover>
          </>
        }
      />
    </form>
  );
}

const RATINGS = [1, 2, 3, 4, 5];

/** Each filter is a term of the search line, so that all of them can be read, changed and sent as one address. */
export function Filters({ line, onChange }: LineProps) {
  const { t } = useTranslation('places');
  const { data: models = [] } = useModels();
  const { data: tags = [] } = useTags();
  const { data: albums = [] } = useAlbums();
  const isFavourite = hasFlag(line, 'favourite');
  const isTrash = hasFlag(line, 'trashed');
  const choice = (field: string, label: string, any: string, values: readonly { value: string; label: string }[], op = '') => {
    const current = fieldOf(line, field) ?? '';
    const known = current === '' || values.some(({ value }) => value === current) ? values : [...values, { value: current, label: current }];
    return (
      known.length > 0 && (
        <NativeSelect
          className={styles.filter ?? ''}
          aria-label={label}
          value={current}
          onChange={({ currentTarget: { value } }) => onChange(withField(line, field, value === '' ? null : value, op))}
          data={[{ value: '', label: any }, ...known]}
        />
      )
    );
  };
  return (
    <>
      <Button
        variant={isFavourite ? 'filled' : 'default'}
        aria-pressed={isFavourite}
        leftSection={isFavourite ? <IconHeartFilled size={18} /> : <IconHeart size={18} />}
        onClick={() => onChange(withFlag(line, 'favourite', !isFavourite))}
      >
        {t('gallery.favourites')}
      </Button>
      {choice(
        'rating',
        t('gallery.byRating'),
        t('gallery.anyRating'),
        RATINGS.map((count) => ({ value: String(count), label: t('gallery.atLeast', { count }) })),
        '>=',
      )}
      {choice('album', t('gallery.byAlbum'), t('gallery.anyAlbum'), albums.map(({ name, count }) => ({ value: name, label: `${name} (${count})` })))}
      {choice('tag', t('gallery.byTag'), t('gallery.anyTag'), tags.map(({ tag, count }) => ({ value: tag, label: `${tag} (${count})` })))}
      {models.length > 1 && choice('model', t('gallery.byModel'), t('gallery.anyModel'), models.map(({ id }) => ({ value: id, label: id })))}
      <Button
        variant={isTrash ? 'filled' : 'default'}
        aria-pressed={isTrash}
        leftSection={<IconTrash size={18} />}
        onClick={() => onChange(withFlag(line, 'trashed', !isTrash))}
      >
        {t('gallery.trash')}
      </Button>
    </>
  );
}
