import { useState } from 'react';
import { useControls } from '@/features/control/control-context';
import { standing } from '@/features/control/model/pose';
import { PoseDialog } from '@/features/control/pose-dialog';

/** A ControlNet that is to follow a figure which is drawn now. */
export function NewPose({ model, onClose }: { model: string; onClose: () => void }) {
  const { add } = useControls();
  const [start] = useState(() => [standing()]);
  return (
    <PoseDialog
      poses={start}
      onDone={(pose, file) => {
        void add({ model, file, pose, preprocessor: 'none' }).finally(onClose);
      }}
      onClose={onClose}
    />
  );
}
