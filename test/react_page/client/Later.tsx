import type { LaterProps } from 'duramen/app';
import { Suspense, lazy, useState } from 'react';

const Heavy = lazy(() => import('./heavy.tsx'));

export function Later({ waiting, children }: LaterProps) {
  const [open, setOpen] = useState(false);
  if (!open) return <button onClick={() => setOpen(true)}>Load</button>;
  return (
    <Suspense fallback={waiting}>
      <Heavy>{children}</Heavy>
    </Suspense>
  );
}
