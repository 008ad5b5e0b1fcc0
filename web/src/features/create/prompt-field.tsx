import { Textarea } from '@mantine/core';
import { useId, useMemo, useRef, useState, type KeyboardEvent, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '@/components/live-region';
import styles from '@/features/create/create.module.css';
import { complete, fragmentAt, insertAt, suggestionsOf, type Suggestion } from '@/features/create/model/completion';
import { replaceText } from '@/features/create/model/replace-text';
import { changeWeight } from '@/features/create/model/weights';

interface PromptFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  maxLength: number;
}

interface Open {
  start: number;
  found: Suggestion[];
  active: number;
  /** Enter accepts only after an arrow was used; before, it is a new line. */
  isPicked: boolean;
}

export function PromptField({ label, placeholder, value, onChange, maxLength }: PromptFieldProps) {
  const { t, i18n } = useTranslation();
  const announce = useAnnounce();
  const listId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [open, setOpen] = useState<Open | null>(null);
  const all = useMemo(() => suggestionsOf((key) => i18n.t(`words.${key}`)), [i18n, i18n.language]); // eslint-disable-line react-hooks/exhaustive-deps -- the language is what the texts depend on

  const suggest = (text: string, cursor: number) => {
    const fragment = fragmentAt(text, cursor);
    const completion = fragment && complete(fragment, all);
    setOpen(completion && { ...completion, active: 0, isPicked: false });
    if (completion) announce(t('create.suggestions', { count: completion.found.length }));
  };

  const accept = (index: number) => {
    const { current } = field;
    const chosen = open?.found[index];
    if (!current || !open || !chosen) return;
    const inserted = insertAt(value, open.start, current.selectionStart, chosen.text);
    replaceText(current, inserted.text, inserted.cursor, inserted.cursor);
    setOpen(null);
  };

  const weigh = (target: HTMLTextAreaElement, direction: 1 | -1) => {
    const edited = changeWeight(value, target.selectionStart, target.selectionEnd, direction);
    if (edited) replaceText(target, edited.text, edited.start, edited.end);
    setOpen(null);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || event.altKey) return;
    const hasMod = event.ctrlKey || event.metaKey;
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key] as 1 | -1 | undefined;
    if (hasMod && direction !== undefined) {
      event.preventDefault();
      weigh(event.currentTarget, direction);
    } else if (!hasMod && open && onListKey(event, open)) {
      event.preventDefault();
    }
  };

  /** Keys that mean something to the open list; true when one did. */
  const onListKey = (event: KeyboardEvent, list: Open): boolean => {
    const { found, active, isPicked } = list;
    const move = (by: number) => setOpen({ ...list, active: (active + by + found.length) % found.length, isPicked: true });
    if (event.key === 'ArrowDown') move(isPicked ? 1 : 0);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Escape') setOpen(null);
    else if ((event.key === 'Tab' && !event.shiftKey) || (event.key === 'Enter' && isPicked)) accept(active);
    else return false;
    return true;
  };

  return (
    <div className={styles.prompt}>
      <Textarea
        ref={field}
        label={label}
        placeholder={placeholder}
        value={value}
        maxLength={maxLength}
        autosize
        minRows={3}
        maxRows={10}
        size="md"
        onChange={({ currentTarget }) => {
          onChange(currentTarget.value);
          if (currentTarget.ownerDocument.activeElement === currentTarget) suggest(currentTarget.value, currentTarget.selectionStart);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(null)}
        onSelect={(event: SyntheticEvent<HTMLTextAreaElement>) => {
          if (open && event.currentTarget.selectionStart < open.start) setOpen(null);
        }}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={open ? listId : undefined}
        aria-activedescendant={open ? `${listId}-${open.active}` : undefined}
        spellCheck={false}
        autoCapitalize="none"
      />
      {open && (
        <ul role="listbox" id={listId} aria-label={t('create.suggestionsLabel')} className={styles.suggestions}>
          {open.found.map((suggestion, index) => (
            // The keys are handled in the text field, where the focus stays.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <li
              key={suggestion.key}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === open.active}
              className={styles.suggestion}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => accept(index)}
            >
              <span lang="en">{suggestion.text}</span>
              {suggestion.label.toLowerCase() !== suggestion.text && <span className={styles.translation}>{suggestion.label}</span>}
              <span className={styles.category}>{t(`create.categories.${suggestion.category}`)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
