import { Center, Loader } from '@mantine/core';
import { startTransition, useEffect, useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { hasPart, loadPart, type Part } from '@/lib/i18n/places-loader';

/** The screen once its texts are there. A change of language keeps it: `changeLanguage` brings these texts along. */
export function withPlaces<Props extends object>(Screen: ComponentType<Props>, part: Part = 'places'): ComponentType<Props> {
  return function WithPlaces(props: Props) {
    const { i18n: instance, t } = useTranslation();
    const [isReady, setIsReady] = useState(() => hasPart(instance, instance.language, part));
    useEffect(() => {
      // Should the language's own file be out of reach, English is better than nothing.
      const load = async () => {
        await loadPart(instance, instance.language, part).catch(() => loadPart(instance, 'en', part));
        startTransition(() => setIsReady(true)); // a screen is drawn in slices, between which a tap is heard
      };
      if (!isReady) void load();
    }, [instance, isReady]);
    if (isReady) return <Screen {...props} />;
    if (part === 'extras') return null; // something small beside what is there already
    return (
      <Center py="xl">
        <Loader aria-label={t('common.loading')} />
      </Center>
    );
  };
}

/** The same for what Create shows beside its controls. */
export const withExtras = <Props extends object>(Part: ComponentType<Props>): ComponentType<Props> => withPlaces(Part, 'extras');
