import { ActionIcon, Button, Group, Loader, Menu, Popover, Stack, Text, TextInput, type ActionIconProps } from '@mantine/core';
import { IconArrowBackUp, IconArrowsDiff, IconFileZip, IconFolderMinus, IconFolderPlus, IconHeart, IconStar, IconTag, IconTrash, IconX } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Marks } from '@/api/pictures';
import { useAlbums, useTags } from '@/features/gallery/filters';
import styles from '@/features/gallery/gallery.module.css';
import { MOST_STARS } from '@/features/gallery/marks';

export interface SelectionActions {
  compare: () => void;
  mark: (marks: Marks) => void;
  addTag: (tag: string) => void;
  addToAlbum: (album: { id: string } | { name: string }) => void;
  takeOut: (() => void) | null;
  zip: () => void;
  trash: () => void;
  restore: () => void;
  clear: () => void;
}

interface SelectionBarProps {
  count: number;
  isTrash: boolean;
  isBusy: boolean;
  actions: SelectionActions;
}

export function SelectionBar({ count, isTrash, isBusy, actions }: SelectionBarProps) {
  const { t } = useTranslation('places');
  return (
    <div className={styles.bar} role="toolbar" aria-label={t('gallery.selected', { count })}>
      <Text size="sm" fw={600} role="status" px={4}>
        {t('gallery.selected', { count })}
      </Text>
      {isBusy && <Loader size="xs" />}
      {isTrash ? (
        <Button size="compact-md" leftSection={<IconArrowBackUp size={16} />} disabled={count === 0} onClick={actions.restore}>
          {t('gallery.restore')}
        </Button>
      ) : (
        <Tools count={count} actions={actions} />
      )}
      <Tool label={t('gallery.selectNone')} onClick={actions.clear}>
        <IconX size={20} />
      </Tool>
    </div>
  );
}

function Tools({ count, actions }: { count: number; actions: SelectionActions }) {
  const { t } = useTranslation('places');
  const isNone = count === 0;
  return (
    <>
      <Tool label={t('gallery.compare')} disabled={count !== 2} onClick={actions.compare}>
        <IconArrowsDiff size={20} />
      </Tool>
      <Tool label={t('gallery.isFavourite')} disabled={isNone} onClick={() => actions.mark({ is_favourite: true })}>
        <IconHeart size={20} />
      </Tool>
      <Menu position="top" withinPortal>
        <Menu.Target>
          <Tool label={t('gallery.rating')} disabled={isNone}>
            <IconStar size={20} />
          </Tool>
        </Menu.Target>
        <Menu.Dropdown>
          {Array.from({ length: MOST_STARS }, (_, index) => MOST_STARS - index).map((rating) => (
            <Menu.Item key={rating} onClick={() => actions.mark({ rating })}>
              {t('gallery.stars', { count: rating })}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <TagMenu isOff={isNone} onAdd={actions.addTag} />
      <AlbumMenu isOff={isNone} onAdd={actions.addToAlbum} />
      {actions.takeOut !== null && (
        <Tool label={t('gallery.takeOut')} disabled={isNone} onClick={actions.takeOut}>
          <IconFolderMinus size={20} />
        </Tool>
      )}
      <Tool label={t('gallery.zip')} disabled={isNone} onClick={actions.zip}>
        <IconFileZip size={20} />
      </Tool>
      <Tool label={t('gallery.toTrash')} disabled={isNone} onClick={actions.trash}>
        <IconTrash size={20} />
      </Tool>
    </>
  );
}

interface ToolProps extends ActionIconProps {
  label: string;
  onClick?: () => void;
  children: ReactNode;
}

function Tool({ label, children, ...rest }: ToolProps) {
  return (
    <ActionIcon variant="subtle" color="gray" c="inherit" size={36} aria-label={label} title={label} {...rest}>
      {children}
    </ActionIcon>
  );
}

function TagMenu({ isOff, onAdd }: { isOff: boolean; onAdd: (tag: string) => void }) {
  const { t } = useTranslation('places');
  const { data: tags = [] } = useTags();
  return (
    <NameMenu
      label={t('gallery.addTag')}
      field={t('gallery.tagName')}
      submit={t('gallery.add')}
      icon={<IconTag size={20} />}
      isOff={isOff}
      known={tags.slice(0, 8).map(({ tag }) => ({ id: tag, name: tag }))}
      onKnown={onAdd}
      onNew={(name) => onAdd(name.toLowerCase())}
    />
  );
}

function AlbumMenu({ isOff, onAdd }: { isOff: boolean; onAdd: SelectionActions['addToAlbum'] }) {
  const { t } = useTranslation('places');
  const { data: albums = [] } = useAlbums();
  return (
    <NameMenu
      label={t('gallery.addToAlbum')}
      field={t('gallery.albumName')}
      submit={t('gallery.makeAlbum')}
      icon={<IconFolderPlus size={20} />}
      isOff={isOff}
      known={albums}
      onKnown={(id) => onAdd({ id })}
      onNew={(name) => onAdd({ name })}
    />
  );
}

interface NameMenuProps {
  label: string;
  field: string;
  submit: string;
  icon: ReactNode;
  isOff: boolean;
  known: readonly { id: string; name: string }[];
  onKnown: (id: string) => void;
  onNew: (name: string) => void;
}

/** One of those that exist, or a new name. */
function NameMenu({ label, field, submit, icon, isOff, known, onKnown, onNew }: NameMenuProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [name, setName] = useState('');
  const choose = (action: () => void) => {
    action();
    setIsOpen(false);
    setName('');
  };
  return (
    <Popover position="top" withinPortal opened={isOpen} onChange={setIsOpen} trapFocus withRoles hideDetached={false}>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="inherit"
          size={36}
          aria-label={label}
          title={label}
          disabled={isOff}
          onClick={() => setIsOpen(!isOpen)}
        >
          {icon}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown maw="calc(100vw - 1rem)" p="sm" aria-label={label}>
        <Stack gap={4}>
          {known.map((one) => (
            <Button key={one.id} variant="subtle" color="gray" c="inherit" size="compact-md" justify="start" onClick={() => choose(() => onKnown(one.id))}>
              {one.name}
            </Button>
          ))}
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() !== '') choose(() => onNew(name.trim()));
            }}
          >
            <Group gap={6} wrap="nowrap" align="end">
              <TextInput
                size="xs"
                aria-label={field}
                placeholder={field}
                maxLength={50}
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
              <Button size="xs" type="submit">
                {submit}
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
