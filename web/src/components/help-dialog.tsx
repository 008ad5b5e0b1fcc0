import { Button, Group, Kbd, Modal, Table, Text } from '@mantine/core';
import { Fragment, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { withPlaces } from '@/lib/i18n/places';
import { choose, chordIn, chordOf, namesOf, ownerOf, SHORTCUTS, type Chord, type ShortcutName } from '@/lib/shortcuts';

/** In this order; a list of keys for what cannot be chosen. */
const ROWS = [
  { key: 'generate', fixed: [] },
  { key: 'save', fixed: [] },
  { key: 'history', fixed: [] },
  { key: 'historyMod', fixed: [] },
  { key: 'help', fixed: [] },
  { key: 'cancel', fixed: [['Esc'], ['Esc']] },
  {
    key: 'weight',
    fixed: [
      ['Ctrl', '↑'],
      ['Ctrl', '↓'],
    ],
  },
  { key: 'complete', fixed: [['Tab']] },
] as const;

const isChoosable = (key: string): key is ShortcutName => Object.hasOwn(SHORTCUTS, key);

/** Every key of the page, and other keys for those that may be chosen. */
export const HelpDialog = withPlaces(function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['places', 'translation']);
  const [asking, setAsking] = useState<ShortcutName | null>(null);
  const [taken, setTaken] = useState<ShortcutName | null>(null);
  useAskedChord(asking, (name, chord) => {
    const owner = ownerOf(chord, name);
    setTaken(owner);
    if (owner !== null) return;
    choose(name, chord);
    setAsking(null);
  });
  const isChanged = (Object.keys(SHORTCUTS) as ShortcutName[]).some((name) => chordOf(name) !== SHORTCUTS[name]);
  return (
    <Modal
      opened
      onClose={() => (asking === null ? onClose() : setAsking(null))}
      title={t('translation:help.title')}
      closeButtonProps={{ 'aria-label': t('translation:common.close') }}
      centered
      size="lg"
    >
      <Table verticalSpacing="xs">
        <Table.Tbody>
          {ROWS.map(({ key, fixed }) => (
            <Table.Tr key={key}>
              <Table.Th scope="row" fw={500}>
                {t(`help.rows.${key}`)}
              </Table.Th>
              <Table.Td>
                <Group gap={6} justify="flex-end">
                  {asking === key ? <Text size="sm">{t('help.press')}</Text> : <Chords chords={isChoosable(key) ? [namesOf(chordOf(key))] : fixed} />}
                  {isChoosable(key) && (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      aria-label={`${asking === key ? t('help.keep') : t('help.change')}: ${t(`help.rows.${key}`)}`}
                      onClick={() => {
                        setTaken(null);
                        setAsking(asking === key ? null : key);
                      }}
                    >
                      {asking === key ? t('help.keep') : t('help.change')}
                    </Button>
                  )}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {taken !== null && (
        <Text role="alert" size="sm" c="var(--mantine-color-error)">
          {t('help.taken', { name: t(`help.rows.${taken}`) })}
        </Text>
      )}
      <Text size="sm" c="dimmed" mt="md">
        {t('help.note')}
      </Text>
      {isChanged && (
        <Button
          mt="sm"
          size="xs"
          variant="default"
          onClick={() => {
            (Object.keys(SHORTCUTS) as ShortcutName[]).forEach((name) => choose(name, null));
            setAsking(null);
            setTaken(null);
          }}
        >
          {t('help.usual')}
        </Button>
      )}
    </Modal>
  );
});

/** The next chord that is pressed, before anything else of the page sees it. */
function useAskedChord(asking: ShortcutName | null, onChord: (name: ShortcutName, chord: Chord) => void): void {
  useEffect(() => {
    if (asking === null) return undefined;
    const onKey = (event: KeyboardEvent) => {
      const chord = chordIn(event);
      if (chord === null || (chord.mod === undefined && event.target instanceof HTMLButtonElement && [' ', 'Enter'].includes(event.key))) return;
      event.preventDefault();
      event.stopPropagation();
      onChord(asking, chord);
    };
    document.addEventListener('keydown', onKey, { capture: true });
    return () => document.removeEventListener('keydown', onKey, { capture: true });
  });
}

function Chords({ chords }: { chords: readonly (readonly string[])[] }) {
  return chords.map((keys, index) => (
    <Fragment key={index}>
      {index > 0 && <span aria-hidden>·</span>}
      <span dir="ltr">
        {keys.map((key, place) => (
          <Fragment key={key}>
            {place > 0 && ' + '}
            <Kbd>{key}</Kbd>
          </Fragment>
        ))}
      </span>
    </Fragment>
  ));
}
