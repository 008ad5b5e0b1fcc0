import { Container, Tabs, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { AuditLog } from '@/features/admin/audit-log';
import { Keys } from '@/features/admin/keys';
import { Overview } from '@/features/admin/overview';
import { People } from '@/features/admin/people';
import { Safety } from '@/features/admin/safety';
import { ServiceCards } from '@/features/admin/service-cards';
import { Usage } from '@/features/admin/usage';
import { withPlaces } from '@/lib/i18n/places';

const TABS = { overview: Overview, people: People, keys: Keys, usage: Usage, safety: Safety, service: ServiceCards, audit: AuditLog } as const;

/** What only administrators see. The gateway refuses everybody else, whatever a page shows. */
export const AdminScreen = withPlaces(function AdminScreen() {
  const { t } = useTranslation('places');
  return (
    <Container size="lg" py="lg">
      <Title order={1} mb="md">
        {t('admin.title')}
      </Title>
      <Tabs defaultValue="overview" keepMounted={false}>
        <Tabs.List mb="lg">
          {Object.keys(TABS).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`admin.tabs.${name as keyof typeof TABS}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(TABS).map(([name, Content]) => (
          <Tabs.Panel key={name} value={name}>
            <Content />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Container>
  );
});
