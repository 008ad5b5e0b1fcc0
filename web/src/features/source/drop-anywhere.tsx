import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/port';
import { pictureAt } from '@/api/uploads';
import { useAnnounce } from '@/components/live-region';
import { addressIn, pictureIn } from '@/features/source/model';
import { takeShared } from '@/features/source/shared';
import { useSource } from '@/features/source/source-context';
import styles from '@/features/source/source.module.css';
import { isTyping } from '@/lib/shortcuts';
import { withExtras } from '@/lib/i18n/places';

/** A picture that is dropped or pasted on whatever screen becomes the one to start from. */
export const DropAnywhere = withExtras(function DropAnywhere() {
  const { t } = useTranslation('places');
  const api = useApi();
  const { take } = useSource();
  const navigate = useNavigate();
  const announce = useAnnounce();
  const [isOver, setIsOver] = useState(false);
  const depth = useRef(0);

  useEffect(() => {
    const receive = async (file: Blob | null, address: string | null) => {
      const found = file ?? (address === null ? null : await pictureAt(api, address));
      if (found === null) return;
      await take(found);
      await navigate({ to: '/' });
      announce(t('source.title'));
    };
    const receiveFrom = (event: Event, data: DataTransfer | null) => {
      const [file, address] = [pictureIn(data), addressIn(data)];
      if (file === null && address === null) return;
      event.preventDefault();
      receive(file, address).catch(() => announce(t('source.unreadable')));
    };
    takeShared()
      .then((shared) => shared && receive(shared, null))
      .catch(() => announce(t('source.unreadable')));
    const hasPicture = (event: DragEvent) => event.dataTransfer?.types.some((type) => type === 'Files' || type === 'text/uri-list') ?? false;
    const onEnter = (event: DragEvent) => {
      if (!hasPicture(event)) return;
      depth.current += 1;
      setIsOver(true);
    };
    const onLeave = () => {
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setIsOver(false);
    };
    const onOver = (event: DragEvent) => hasPicture(event) && !isTyping(event.target) && event.preventDefault();
    const onDrop = (event: DragEvent) => {
      depth.current = 0;
      setIsOver(false);
      if (!event.defaultPrevented) receiveFrom(event, event.dataTransfer); // a place of its own may have taken it
    };
    const onPaste = (event: ClipboardEvent) => {
      if (pictureIn(event.clipboardData) || !isTyping(event.target)) receiveFrom(event, event.clipboardData);
    };
    const stop = new AbortController();
    const { signal } = stop;
    document.addEventListener('dragenter', onEnter, { signal });
    document.addEventListener('dragleave', onLeave, { signal });
    document.addEventListener('dragover', onOver, { signal });
    document.addEventListener('drop', onDrop, { signal });
    document.addEventListener('paste', onPaste, { signal });
    return () => stop.abort();
  }, [announce, api, navigate, t, take]);

  return isOver ? <div className={styles.drop}>{t('source.drop')}</div> : null;
});
