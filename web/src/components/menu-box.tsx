import { Menu } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

export interface MenuItem {
  label: string;
  onClick: () => void;
  icon?: ReactNode;
  /** Of one that is switched on and off; the menu stays open. */
  isChecked?: boolean;
}

interface MenuBoxProps {
  target: ReactElement;
  items: readonly MenuItem[];
  note: string;
}

/** Open as it comes, since it comes by the press that opens it. */
export function MenuBox({ target, items, note }: MenuBoxProps) {
  return (
    <Menu defaultOpened position="bottom-end" withinPortal zIndex={400} transitionProps={{ duration: 0 }} hideDetached={false}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        {items.map(({ label, onClick, icon, isChecked }) =>
          isChecked === undefined ? (
            <Menu.Item key={label} leftSection={icon} onClick={onClick}>
              {label}
            </Menu.Item>
          ) : (
            <Menu.CheckboxItem key={label} checked={isChecked} onChange={onClick} closeMenuOnClick={false}>
              {label}
            </Menu.CheckboxItem>
          ),
        )}
        {note !== '' && <Menu.Label c="var(--mantine-color-error)">{note}</Menu.Label>}
      </Menu.Dropdown>
    </Menu>
  );
}
