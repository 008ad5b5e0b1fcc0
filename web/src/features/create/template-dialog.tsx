import { Button, Code, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { fillTemplate, TEMPLATES, type Template } from '@/features/create/model/templates';

interface TemplateDialogProps {
  onUse: (prompt: string) => void;
  onClose: () => void;
}

/** Choose a template, fill its placeholder, see what becomes of it, use it. */
export function TemplateDialog({ onUse, onClose }: TemplateDialogProps) {
  const { t } = useTranslation();
  const [template, setTemplate] = useState<Template>(TEMPLATES[0]);
  const [value, setValue] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (value.trim() === '') setIsMissing(true);
    else onUse(fillTemplate(template, value));
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('create.templates')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      centered
      size="lg"
    >
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="md">
          <SegmentedControl
            fullWidth
            orientation="vertical"
            aria-label={t('create.templates')}
            value={template.key}
            onChange={(key) => setTemplate(TEMPLATES.find((option) => option.key === key) ?? TEMPLATES[0])}
            data={TEMPLATES.map(({ key }) => ({ value: key, label: t(`templates.${key}.name`) }))}
          />
          <TextInput
            label={t(`templates.${template.key}.field`)}
            placeholder={t(`templates.${template.key}.example`)}
            value={value}
            onChange={({ currentTarget }) => {
              setValue(currentTarget.value);
              setIsMissing(false);
            }}
            error={isMissing && t('templates.missing')}
            maxLength={300}
            autoComplete="off"
            data-autofocus
          />
          <div>
            <Text size="sm" c="dimmed" mb={4}>
              {t('templates.result')}
            </Text>
            <Code block lang="en" style={{ whiteSpace: 'pre-wrap' }}>
              {value.trim() === '' ? template.text : fillTemplate(template, value)}
            </Code>
          </div>
          <Group justify="flex-end">
            <Button type="submit">{t('templates.use')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
