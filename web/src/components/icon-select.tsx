import type { IconSun } from '@tabler/icons-react';
import styles from '@/components/icon-select.module.css';

interface IconSelectProps<T extends string> {
  Icon: typeof IconSun;
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** An icon that opens the system's own list: right on a phone, for a keyboard and for a screen reader, and light. */
export function IconSelect<T extends string>({ Icon, label, value, options, onChange }: IconSelectProps<T>) {
  return (
    <span className={styles.box} title={label}>
      <Icon size={20} aria-hidden />
      <select
        className={styles.select}
        aria-label={label}
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.currentTarget.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
}
