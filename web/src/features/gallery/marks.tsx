import { ActionIcon, Button, CloseButton, Group, Text, TextInput } from '@mantine/core';
import { IconHeart, IconHeartFilled, IconStar, IconStarFilled } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GalleryPicture, Marks } from '@/api/pictures';
import { useTags } from '@/features/gallery/filters';
import styles from '@/features/gallery/gallery.module.css';

interface MarksProps {
  picture: GalleryPicture;
  onMark: (marks: Marks) => void;
}

export const MOST_STARS = 5;

export function PictureMarks({ picture, onMark }: MarksProps) {
  const { t } = useTranslation('places');
  return (
    <div className={styles.marks}>
      <Group gap="xs">
        <Button
          variant={picture.isFavourite ? 'filled' : 'default'}
          aria-pressed={picture.isFavourite}
          leftSection={picture.isFavourite ? <IconHeartFilled size={18} /> : <IconHeart size={18} />}
          onClick={() => onMark({ is_favourite: !picture.isFavourite })}
        >
          {t('gallery.isFavourite')}
        </Button>
        <Stars rating={picture.rating} onRate={(rating) => onMark({ rating })} />
      </Group>
      <Tags tags={picture.tags} onChange={(tags) => onMark({ tags })} />
    </div>
  );
}

/** The star that stands for the present rating takes it away again. */
export function Stars({ rating, onRate }: { rating: number; onRate: (rating: number) => void }) {
  const { t } = useTranslation('places');
  return (
    <div role="group" aria-label={t('gallery.rating')} className={styles.stars}>
      {Array.from({ length: MOST_STARS }, (_, index) => index + 1).map((count) => (
        <ActionIcon
          key={count}
          variant="subtle"
          color="gray"
          c={count <= rating ? 'yellow.6' : 'dimmed'}
          size={30}
          aria-label={t('gallery.stars', { count })}
          aria-pressed={count === rating}
          onClick={() => onRate(count === rating ? 0 : count)}
        >
          {count <= rating ? <IconStarFilled size={20} /> : <IconStar size={20} />}
        </ActionIcon>
      ))}
    </div>
  );
}

function Tags({ tags, onChange }: { tags: readonly string[]; onChange: (tags: string[]) => void }) {
  const { t } = useTranslation('places');
  const [text, setText] = useState('');
  const { data: known = [] } = useTags();
  const listId = useId();
  const add = () => {
    const tag = text.trim().toLowerCase();
    if (tag !== '' && !tags.includes(tag)) onChange([...tags, tag]);
    setText('');
  };
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {t('gallery.tags')}
      </Text>
      <div className={styles.tags}>
        {tags.map((tag) => (
          <span key={tag} className={styles.tag}>
            {tag}
            <CloseButton size="sm" aria-label={t('gallery.removeTag', { tag })} onClick={() => onChange(tags.filter((other) => other !== tag))} />
          </span>
        ))}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <TextInput
            size="xs"
            w={140}
            maxLength={50}
            list={listId}
            aria-label={t('gallery.addTag')}
            placeholder={t('gallery.addTag')}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
          <datalist id={listId}>
            {known.map(({ tag }) => (
              <option key={tag} value={tag} />
            ))}
          </datalist>
        </form>
      </div>
    </div>
  );
}
