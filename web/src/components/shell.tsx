import { ActionIcon, Group } from '@mantine/core';
import { IconCube, IconGauge, IconHelp, IconPhoto, IconSettings, IconSparkles, IconStack2 } from '@tabler/icons-react';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSelect } from '@/components/language-select';
import { Logo } from '@/components/logo';
import styles from '@/components/shell.module.css';
import { useSession } from '@/features/auth/session';
import { ThemeSelect } from '@/components/theme-select';
import { isDialogOpen, useShortcut } from '@/lib/shortcuts';

const DropAnywhere = lazy(async () => ({ default: (await import('@/features/source/drop-anywhere')).DropAnywhere }));
const AnnouncementBanner = lazy(async () => ({ default: (await import('@/components/announcement')).AnnouncementBanner }));
const HelpDialog = lazy(async () => ({ default: (await import('@/components/help-dialog')).HelpDialog }));

const PLACES = [
  { to: '/', key: 'create', Icon: IconSparkles },
  { to: '/gallery', key: 'gallery', Icon: IconPhoto },
  { to: '/queue', key: 'queue', Icon: IconStack2 },
  { to: '/models', key: 'models', Icon: IconCube },
  { to: '/settings', key: 'settings', Icon: IconSettings },
  { to: '/admin', key: 'admin', Icon: IconGauge },
] as const;

export function Shell() {
  const { t } = useTranslation();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const navigate = useNavigate();
  const toGallery = () => !isDialogOpen() && void navigate({ to: '/gallery' });
  useShortcut('help', () => setIsHelpOpen(true));
  useShortcut('history', toGallery);
  useShortcut('historyMod', toGallery);
  return (
    <div className={styles.shell}>
      <a href="#content" className={styles.skip}>
        {t('app.skip')}
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.brand} aria-label={t('app.name')}>
          <Logo />
          <span className={styles.name}>{t('app.name')}</span>
        </Link>
        <Places className={styles.tabs ?? ''} label={t('nav.main')} />
        <Group gap={2} className={styles.tools ?? ''} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            c="inherit"
            size="lg"
            aria-label={t('help.title')}
            title={t('help.open')}
            onClick={() => setIsHelpOpen(true)}
          >
            <IconHelp size={20} />
          </ActionIcon>
          <LanguageSelect />
          <ThemeSelect />
        </Group>
      </header>
      <main id="content" className={styles.content} tabIndex={-1}>
        <Suspense>
          <AnnouncementBanner />
        </Suspense>
        <Outlet />
      </main>
      <Places className={styles.bar ?? ''} label={t('nav.main')} />
      <Suspense>
        <DropAnywhere />
      </Suspense>
      {isHelpOpen && (
        <Suspense>
          <HelpDialog onClose={() => setIsHelpOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** The places of the page: tabs in the header of a desk, a bar at the thumb of a phone; only one is shown. */
function Places({ className, label }: { className: string; label: string }) {
  const { t } = useTranslation();
  const { session } = useSession();
  return (
    <nav className={className} aria-label={label}>
      {PLACES.filter(({ key }) => key !== 'admin' || session.role === 'admin').map(({ to, key, Icon }) => (
        <Link key={to} to={to} className={styles.place} activeProps={{ 'aria-current': 'page' }} activeOptions={{ exact: true }}>
          <Icon size={20} aria-hidden />
          <span>{t(`nav.${key}`)}</span>
        </Link>
      ))}
    </nav>
  );
}
