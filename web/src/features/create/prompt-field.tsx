import { Textarea } from '@mantine/core';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '@/components/live-region';
import styles from '@/features/create/create.module.css';
import { fragmentAt, insertAt, type Fragment } from '@/features/create/model/completion';
import { replaceText } from '@/features/create/model/replace-text';
import { changeWeight } from '@/features/create/model/weights';
import { useSuggestions, type Suggestions } from '@/features/create/use-suggestions';

interface PromptFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  maxLength: number;
  /** Whose words are suggested. */
  model: string;
}

/** The open list: which of it is chosen, and whether by an arrow. Before one was used, Enter is a new line. */
interface Place {
  fragment: Fragment;
  active: number;
  isPicked: boolean;
}

export function PromptField({ label, placeholder, value, onChange, maxLength, model }: PromptFieldProps) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const listId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const suggestions = useSuggestions(place?.fragment ?? null, model);
  const open = place && suggestions && { ...place, ...suggestions };
  const count = open?.found.length ?? 0;
  useEffect(() => {
    if (count > 0) announce(t('create.suggestions', { count }));
  }, [announce, count, t]);

  const suggest = (text: string, cursor: number) => {
    const fragment = fragmentAt(text, cursor);
    setPlace(fragment && { fragment, active: 0, isPicked: false });
  };
  const close = () => setPlace(null);

  const accept = (index: number) => {
    const { current } = field;
    const chosen = open?.found[index];
    if (!current || !open || !chosen) return;
    const inserted = insertAt(value, open.start, current.selectionStart, chosen.tag);
    replaceText(current, inserted.text, inserted.cursor, inserted.cursor);
    close();
  };

  const weigh = (target: HTMLTextAreaElement, direction: 1 | -1) => {
    const edited = changeWeight(value, target.selectionStart, target.selectionEnd, direction);
    if (edited) replaceText(target, edited.text, edited.start, edited.end);
    close();
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
  const onListKey = (event: KeyboardEvent, { fragment, found, active, isPicked }: Place & Suggestions): boolean => {
    const move = (by: number) => setPlace({ fragment, active: (active + by + found.length) % found.length, isPicked: true });
    if (event.key === 'ArrowDown') move(isPicked ? 1 : 0);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Escape') close();
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
        onBlur={close}
        onSelect={(event: SyntheticEvent<HTMLTextAreaElement>) => {
          if (open && event.currentTarget.selectionStart < open.start) close();
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
              key={suggestion.tag}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === open.active}
              className={styles.suggestion}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => accept(index)}
            >
              <span lang="en">{suggestion.tag}</span>
              {suggestion.word.toLowerCase() !== suggestion.tag && (
                <span className={styles.translation} lang={suggestion.language ?? undefined}>
                  {suggestion.word}
                </span>
              )}
              <span className={styles.category}>{t(`create.categories.${suggestion.category}`)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
