import { Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '@/features/auth/sign-in.module.css';
import { withPlaces } from '@/lib/i18n/places';
import { keptThumbnails } from '@/lib/kept-thumbnails';

/** What can be seen without the server: the thumbnails that this browser keeps while somebody is signed in. */
export const OfflinePictures = withPlaces(function OfflinePictures() {
  const { t } = useTranslation('places');
  const [pictures, setPictures] = useState<string[]>([]);
  useEffect(() => {
    void keptThumbnails().then(setPictures);
  }, []);
  if (pictures.length === 0) return null;
  return (
    <section aria-labelledby="offline-title">
      <Title order={1} size="h2" id="offline-title">
        {t('offline.title')}
      </Title>
      <Text c="dimmed" size="sm">
        {t('offline.help')}
      </Text>
      <ul className={styles.pictures}>
        {pictures.map((url, index) => (
          <li key={url}>
            <img src={url} alt={t('offline.picture', { number: index + 1 })} loading="lazy" />
          </li>
        ))}
      </ul>
    </section>
  );
});
