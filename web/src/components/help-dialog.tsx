import { Group, Kbd, Modal, Table, Text } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';

const ROWS = [
  { key: 'generate', keys: [['Ctrl', 'Enter']] },
  { key: 'cancel', keys: [['Esc'], ['Esc']] },
  { key: 'save', keys: [['Ctrl', 'S']] },
  { key: 'history', keys: [['Ctrl', 'H'], ['G']] },
  { key: 'weight', keys: [['Ctrl', '↑'], ['Ctrl', '↓']] },
  { key: 'complete', keys: [['Tab']] },
  { key: 'help', keys: [['?']] },
] as const;

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t('help.title')} closeButtonProps={{ 'aria-label': t('common.close') }} centered size="lg">
      <Table verticalSpacing="sm">
        <Table.Tbody>
          {ROWS.map(({ key, keys }) => (
            <Table.Tr key={key}>
              <Table.Th scope="row" fw={500}>
                {t(`help.rows.${key}`)}
              </Table.Th>
              <Table.Td>
                <Group gap={6} justify="flex-end">
                  {keys.map((chord, index) => (
                    <Fragment key={index}>
                      {index > 0 && <span aria-hidden>·</span>}
                      <Chord keys={chord} />
                    </Fragment>
                  ))}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" mt="md">
        {t('help.note')}
      </Text>
    </Modal>
  );
}

function Chord({ keys }: { keys: readonly string[] }) {
  return (
    <span dir="ltr">
      {keys.map((key, index) => (
        <Fragment key={key}>
          {index > 0 && ' + '}
          <Kbd>{key}</Kbd>
        </Fragment>
      ))}
    </span>
  );
}
