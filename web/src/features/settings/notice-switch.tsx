import { Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { canNotify, wantNotices, wantsNotices } from '@/lib/notify';

export function NoticeSwitch() {
  const { t } = useTranslation('places');
  const [isOn, setIsOn] = useState(wantsNotices);
  const [isRefused, setIsRefused] = useState(false);
  if (!canNotify()) return null;
  const change = async (isWanted: boolean) => {
    const isAllowed = await wantNotices(isWanted);
    setIsOn(isAllowed);
    setIsRefused(isWanted && !isAllowed);
  };
  return (
    <Switch
      label={t('settings.notices')}
      description={isRefused ? t('settings.noticesRefused') : t('settings.noticesHelp')}
      checked={isOn}
      onChange={({ currentTarget: { checked } }) => void change(checked)}
    />
  );
}
