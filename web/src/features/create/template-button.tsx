import { Button } from '@mantine/core';
import { IconTemplate } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PreparedPrompts } from '@/api/prompts';

const TemplateDialog = lazy(async () => ({ default: (await import('@/features/create/template-dialog')).TemplateDialog }));

export function TemplateButton({ onUse }: { onUse: (prompts: PreparedPrompts) => void }) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button
        variant="subtle"
        color="gray"
        c="inherit"
        size="compact-sm"
        leftSection={<IconTemplate size={16} />}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      >
        {t('create.templates')}
      </Button>
      {isOpen && (
        <Suspense>
          <TemplateDialog
            onUse={(prompts) => {
              onUse(prompts);
              setIsOpen(false);
            }}
            onClose={() => setIsOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
