import { Button, Collapse, type ButtonProps } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useId, useState, type ReactNode } from 'react';
import styles from '@/components/disclosure.module.css';

interface DisclosureButtonProps extends ButtonProps {
  isOpen: boolean;
  /** The id of what it unfolds. */
  controls: string;
  onToggle: () => void;
  children: ReactNode;
}

/** Says whether what it controls is unfolded, to the eye by an arrow. */
export function DisclosureButton({ isOpen, controls, onToggle, children, ...look }: DisclosureButtonProps) {
  return (
    <Button
      variant="subtle"
      color="gray"
      c="inherit"
      rightSection={<IconChevronDown size={16} className={isOpen ? (styles.turned ?? '') : ''} />}
      aria-expanded={isOpen}
      aria-controls={controls}
      onClick={onToggle}
      {...look}
    >
      {children}
    </Button>
  );
}

interface DisclosureProps extends ButtonProps {
  label: ReactNode;
  children: ReactNode;
}

/** A button and what it unfolds, which does not exist before it is first wanted. */
export function Disclosure({ label, children, ...look }: DisclosureProps) {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  const toggle = () => {
    setIsOpen(!isOpen);
    setWasOpen(true);
  };
  return (
    <div>
      <DisclosureButton isOpen={isOpen} controls={id} onToggle={toggle} {...look}>
        {label}
      </DisclosureButton>
      <Collapse expanded={isOpen} id={id}>
        {wasOpen && children}
      </Collapse>
    </div>
  );
}
