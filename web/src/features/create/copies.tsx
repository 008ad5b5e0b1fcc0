import { ActionIcon } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { COPY_FORMATS, copyOf, type CopyFormat } from '@/api/pictures';
import { useApi } from '@/api/port';
import { errorText } from '@/components/error-notice';
import { useAnnounce } from '@/components/live-region';
import { MenuLater } from '@/components/menu-later';
import type { Picture } from '@/features/create/model/runs';
import { fileName, saveBlob } from '@/lib/download';
import { isFlag, readStored, writeStored } from '@/lib/storage';

const WITH_RECIPE = 'recipe';

/** The picture as another file: in the wanted format, with or without its recipe. The server writes it, so that its marks stay. */
export function Copies({ picture }: { picture: Picture }) {
  const { t } = useTranslation('places');
  const { t: tellError } = useTranslation();
  const api = useApi();
  const announce = useAnnounce();
  const [hasRecipe, setHasRecipe] = useState(() => readStored(WITH_RECIPE, true, isFlag));
  const [failure, setFailure] = useState('');
  const save = (format: CopyFormat) => {
    setFailure('');
    copyOf(api, picture.id, format, hasRecipe)
      .then((file) => saveBlob(file, fileName(picture.spec.prompt, picture.seed, format === 'jpeg' ? 'jpg' : format)))
      .catch((error: unknown) => {
        const text = errorText(error, tellError);
        setFailure(text);
        announce(text);
      });
  };
  const toggle = () => {
    writeStored(WITH_RECIPE, !hasRecipe);
    setHasRecipe(!hasRecipe);
  };
  const files = COPY_FORMATS.map((format) => ({ label: t('recipe.copyAs', { format: format.toUpperCase() }), onClick: () => save(format) }));
  return (
    <MenuLater
      target={
        <ActionIcon variant="default" size={36} aria-label={t('recipe.copies')} title={t('recipe.copies')}>
          <IconChevronDown size={18} />
        </ActionIcon>
      }
      items={[...files, { label: t('recipe.copyWithRecipe'), onClick: toggle, isChecked: hasRecipe }]}
      note={failure}
    />
  );
}
