import { ActionIcon, Button, FileButton, Group, Text } from '@mantine/core';
import { IconLink, IconPhotoPlus } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useReady } from '@/features/create/create-context';
import { useSource } from '@/features/source/source-context';
import styles from '@/features/source/source.module.css';
import { withExtras } from '@/lib/i18n/places';

const AddressField = lazy(async () => ({ default: (await import('@/features/source/address-field')).AddressField }));
const Chosen = lazy(async () => ({ default: (await import('@/features/source/chosen-source')).Chosen }));

/** A picture to start from: the way to choose one, or what is done with the one that was chosen. */

export const SourcePanel = withExtras(function SourcePanel() {
  const { t } = useTranslation(['places', 'translation']);
  const { source, take, change, remove } = useSource();
  const { model } = useReady();
  const [hasAddress, setHasAddress] = useState(false);
  const [isUnreadable, setIsUnreadable] = useState(false);
  const pick = (file: File | null) => {
    if (file === null) return;
    setIsUnreadable(false);
    take(file).catch(() => setIsUnreadable(true));
  };
  return (
    <section className={styles.panel} aria-label={t('source.title')}>
      {source === null ? (
        <>
          <Group justify="space-between" gap="xs">
            <Text size="sm" c="dimmed" flex="1 1 12rem">
              {t('source.help')}
            </Text>
            <Group gap={4} wrap="nowrap">
              <FileButton accept="image/*" onChange={pick}>
                {(props) => (
                  <Button variant="default" size="xs" leftSection={<IconPhotoPlus size={16} />} flex="none" {...props}>
                    {t('source.choose')}
                  </Button>
                )}
              </FileButton>
              <ActionIcon
                variant="default"
                size={30}
                aria-label={t('source.byAddress')}
                title={t('source.byAddress')}
                aria-expanded={hasAddress}
                onClick={() => setHasAddress(!hasAddress)}
              >
                <IconLink size={16} />
              </ActionIcon>
            </Group>
          </Group>
          <Suspense>{hasAddress && <AddressField onPicture={take} />}</Suspense>
        </>
      ) : (
        <Suspense>
          <Chosen source={source} onChange={change} onRemove={remove} mayPaint={model.capabilities.inpaint} />
        </Suspense>
      )}
      {source !== null && !model.capabilities.img2img && (
        <Text size="sm" role="alert" c="var(--mantine-color-error)">
          {t('translation:create.noSource')}
        </Text>
      )}
      {isUnreadable && (
        <Text size="sm" role="alert" c="var(--mantine-color-error)">
          {t('source.unreadable')}
        </Text>
      )}
    </section>
  );
});
