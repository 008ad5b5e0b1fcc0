import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { inputOf } from '@/api/controls';
import { useApi } from '@/api/port';
import { handIn } from '@/api/uploads';
import { ControlContext, type Controls } from '@/features/control/control-context';
import { MOST_CONTROLS, PRESETS, type Control } from '@/features/control/model/control';
import { newId } from '@/lib/id';

/** Beside the prompt and above the router, as the picture to start from: no look at another screen loses them. */
export function ControlProvider({ children }: { children: ReactNode }) {
  const api = useApi();
  const [controls, setControls] = useState<readonly Control[]>([]);

  const add = useCallback<Controls['add']>(async (given) => {
    const control = await made(given);
    setControls((old) => [...old, control].slice(0, MOST_CONTROLS));
  }, []);
  const change = useCallback<Controls['change']>((id, changes) => {
    setControls((old) =>
      old.map((control) => {
        if (control.id !== id) return control;
        if (!changes.file) return { ...control, ...changes };
        URL.revokeObjectURL(control.url);
        return { ...control, ...changes, url: URL.createObjectURL(changes.file) };
      }),
    );
  }, []);
  const remove = useCallback<Controls['remove']>((id) => {
    setControls((old) => {
      old.filter((control) => control.id === id).forEach(({ url }) => URL.revokeObjectURL(url));
      return old.filter((control) => control.id !== id);
    });
  }, []);
  const restore = useCallback<Controls['restore']>(
    async (job, specs) => {
      const found = await Promise.all(
        specs.map(async ({ model, weight, start, end }, index) => {
          const file = await inputOf(api, job, `controls[${index}].image`);
          return made({ model, file, preprocessor: 'none', weight, start, end });
        }),
      );
      setControls((old) => {
        old.forEach(({ url }) => URL.revokeObjectURL(url));
        return found;
      });
    },
    [api],
  );
  const send = useCallback<Controls['send']>(
    () =>
      Promise.all(
        controls.map(async ({ model, file, preprocessor, weight, start, end }) => ({
          model,
          image: await handIn(api, file),
          preprocessor,
          weight,
          start,
          end,
        })),
      ),
    [api, controls],
  );

  const value = useMemo(() => ({ controls, add, change, remove, restore, send }), [controls, add, change, remove, restore, send]);
  return <ControlContext value={value}>{children}</ControlContext>;
}

async function made(given: Parameters<Controls['add']>[0]): Promise<Control> {
  (await createImageBitmap(given.file)).close(); // a file that is no picture is refused here
  return { pose: null, ...PRESETS.balanced, ...given, id: newId(), url: URL.createObjectURL(given.file) };
}
