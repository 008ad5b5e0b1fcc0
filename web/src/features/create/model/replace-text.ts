/**
 * Changes a text field's content as typing would, so that the browser's own undo takes it back and React hears of it;
 * then selects from `start` to `end`. Only what differs is replaced.
 */
export function replaceText(field: HTMLTextAreaElement, text: string, start: number, end: number): void {
  const old = field.value;
  let head = 0;
  while (head < Math.min(old.length, text.length) && old[head] === text[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, text.length) - head && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
  const inserted = text.slice(head, text.length - tail);
  field.focus();
  field.setSelectionRange(head, old.length - tail);
  if (!typed(inserted)) {
    // React watches the setter of the element's own property; the prototype's is the browser's.
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  field.setSelectionRange(start, end);
}

/** `execCommand` is on no standards' track, but nothing else keeps the undo history; false where it is missing. */
function typed(text: string): boolean {
  const editor = document as { execCommand?: (command: string, ui?: boolean, value?: string) => boolean };
  return (text === '' ? editor.execCommand?.('delete') : editor.execCommand?.('insertText', false, text)) ?? false;
}
