import { Chip, Group, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import { suggest, type Category } from '@/api/prompts';
import tools from '@/features/create/prompt-tools.module.css';
import { hasWords, toggleWords } from '@/features/create/model/completion';

const CATEGORIES = ['subjects', 'styles', 'lighting', 'camera'] as const satisfies readonly Category[];
const MOST = 16;

interface IdeasProps {
  prompt: string;
  onChange: (prompt: string) => void;
  model: string;
}

/** The words of each category, to tap: once puts them in, twice takes them out. */
export function Ideas({ prompt, onChange, model }: IdeasProps) {
  const { t, i18n } = useTranslation();
  const api = useApi();
  const [category, setCategory] = useState<Category>('subjects');
  const { language } = i18n;
  const { data: tags = [] } = useQuery({
    queryKey: ['ideas', model, category, language],
    queryFn: ({ signal }) => suggest(api, { typed: '', model, category, language, limit: MOST }, signal),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  return (
    <div className={tools.ideas}>
      <SegmentedControl<Category>
        size="xs"
        fullWidth
        value={category}
        onChange={setCategory}
        aria-label={t('create.categoriesLabel')}
        data={CATEGORIES.map((value) => ({ value, label: t(`create.categories.${value}`) }))}
      />
      <Group gap={6} className={tools.words ?? ''}>
        {tags.map(({ tag, word, language: spoken }) => (
          <Chip key={tag} size="xs" checked={hasWords(prompt, tag)} onChange={() => onChange(toggleWords(prompt, tag))} variant="outline" title={tag} lang={spoken ?? undefined}>
            {word}
          </Chip>
        ))}
      </Group>
    </div>
  );
}
