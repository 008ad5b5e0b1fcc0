import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { useApi } from '@/api/port';
import { inputOf } from '@/api/controls';
import { handIn } from '@/api/uploads';
import { DEFAULTS, type Source } from '@/features/source/model';
import { SourceContext, type SourceControl } from '@/features/source/source-context';

/** The source lives above the router and beside the prompt: neither a look at another screen nor a new prompt loses the mask. */
export function SourceProvider({ children }: { children: ReactNode }) {
  const api = useApi();
  const [source, setSource] = useState<Source | null>(null);

  const take = useCallback(async (file: Blob) => {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    setSource((old) => {
      if (old) URL.revokeObjectURL(old.url);
      return { ...DEFAULTS, ...(old && { strength: old.strength, resizeMode: old.resizeMode }), file, url: URL.createObjectURL(file), width, height };
    });
  }, []);
  const change = useCallback((changes: Partial<Source>) => setSource((old) => old && { ...old, ...changes }), []);
  const remove = useCallback(() => {
    setSource((old) => {
      if (old) URL.revokeObjectURL(old.url);
      return null;
    });
  }, []);

  const restore = useCallback<SourceControl['restore']>(
    async (job, spec) => {
      if (!spec) {
        remove();
        return;
      }
      const { strength, resizeMode, mask } = spec;
      await take(await inputOf(api, job, 'image'));
      change({ strength, resizeMode, mask: null });
      if (mask === null) return;
      const { maskOf } = await import('@/features/mask/files');
      change({
        mask: await maskOf(await inputOf(api, job, 'mask')),
        feather: mask.blur,
        content: mask.content,
        isOnlyMasked: mask.isOnly,
        ...(mask.isOnly && { padding: mask.padding }),
      });
    },
    [api, change, remove, take],
  );

  const send = useCallback(async () => {
    if (source === null) return null;
    const { file, strength, resizeMode, mask, feather, content, isOnlyMasked, padding } = source;
    const image = await handIn(api, file);
    if (mask === null || mask.isEmpty) return { image, strength, resizeMode, mask: null };
    const { maskFile } = await import('@/features/mask/files');
    const painted = await handIn(api, await maskFile(mask));
    return { image, strength, resizeMode, mask: { image: painted, blur: feather, content, isOnly: isOnlyMasked, padding } };
  }, [api, source]);

  const value = useMemo(() => ({ source, take, change, remove, restore, send }), [source, take, change, remove, restore, send]);
  return <SourceContext value={value}>{children}</SourceContext>;
}
