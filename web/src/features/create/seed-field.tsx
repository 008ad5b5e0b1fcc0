import { ActionIcon, TextInput } from '@mantine/core';
import { IconDice5, IconLock, IconLockOpen2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useReady } from '@/features/create/create-context';
import styles from '@/features/create/create.module.css';
import { MAX_SEED, randomSeed } from '@/features/create/model/parameters';

/** Unlocked, each press of Generate draws its own seed; locked, the same seed makes the same picture again. */
export function SeedField() {
  const { t } = useTranslation();
  const { parameters, change } = useReady();
  const { seed, seedLocked } = parameters;
  const Lock = seedLocked ? IconLock : IconLockOpen2;
  const onTyped = (text: string) => {
    const digits = text.replace(/\D/g, '');
    if (digits === '') change({ seedLocked: false });
    else change({ seed: Math.min(Number(digits), MAX_SEED), seedLocked: true });
  };
  return (
    <div className={styles.seed}>
      <TextInput
        label={t('create.seed')}
        placeholder={t('create.seedRandom')}
        value={seedLocked ? String(seed) : ''}
        onChange={({ currentTarget }) => onTyped(currentTarget.value)}
        inputMode="numeric"
        autoComplete="off"
        className={styles.grow ?? ''}
      />
      <ActionIcon
        variant="default"
        size={36}
        aria-label={t('create.seedLock')}
        aria-pressed={seedLocked}
        title={seedLocked ? t('create.seedUnlock') : t('create.seedLock')}
        onClick={() => change({ seedLocked: !seedLocked })}
      >
        <Lock size={18} />
      </ActionIcon>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={t('create.seedDice')}
        title={t('create.seedDice')}
        onClick={() => change({ seed: randomSeed(), seedLocked: true })}
      >
        <IconDice5 size={18} />
      </ActionIcon>
    </div>
  );
}
