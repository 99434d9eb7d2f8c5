import type { ChartProps } from 'duramen/app';
import { Suspense, use } from 'react';

/** A prop that comes later: React reads it when it is there. */
export function Chart({ history }: ChartProps) {
  return (
    <Suspense fallback={<p id="history">No history yet</p>}>
      <History history={history} />
    </Suspense>
  );
}

function History({ history }: ChartProps) {
  return <p id="history">{use(history).join(', ')}</p>;
}
