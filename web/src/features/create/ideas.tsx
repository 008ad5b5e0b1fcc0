import { Chip, Group, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '@/features/create/create.module.css';
import { CATEGORIES, hasWords, suggestionsOf, toggleWords, type Category } from '@/features/create/model/completion';

interface IdeasProps {
  prompt: string;
  onChange: (prompt: string) => void;
}

/** The words of each category, to tap: once puts them in, twice takes them out. */
export function Ideas({ prompt, onChange }: IdeasProps) {
  const { t } = useTranslation();
  const [category, setCategory] = useState<Category>('styles');
  const suggestions = suggestionsOf((key) => t(`words.${key}`)).filter((suggestion) => suggestion.category === category);
  return (
    <div className={styles.ideas}>
      <SegmentedControl<Category>
        size="xs"
        fullWidth
        value={category}
        onChange={setCategory}
        aria-label={t('create.categoriesLabel')}
        data={CATEGORIES.map((value) => ({ value, label: t(`create.categories.${value}`) }))}
      />
      <Group gap={6} mt={8}>
        {suggestions.map(({ key, text, label }) => (
          <Chip
            key={key}
            size="sm"
            checked={hasWords(prompt, text)}
            onChange={() => onChange(toggleWords(prompt, text))}
            variant="outline"
            title={text}
          >
            {label}
          </Chip>
        ))}
      </Group>
    </div>
  );
}
