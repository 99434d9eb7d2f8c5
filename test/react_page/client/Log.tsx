import type { LogProps } from 'duramen/app';
import { useEffect, useState } from 'react';

/** A prop whose values come one after another. */
export function Log({ lines }: LogProps) {
  const [shown, setShown] = useState<readonly string[]>([]);
  const [state, setState] = useState('waits');
  useEffect(() => {
    let isCurrent = true;
    const all: string[] = [];
    const read = async () => {
      for await (const line of lines) {
        if (!isCurrent) return;
        all.push(line);
        setShown([...all]);
      }
    };
    read().then(
      () => isCurrent && setState('ended'),
      () => isCurrent && setState('failed'),
    );
    return () => {
      isCurrent = false;
    };
  }, [lines]);
  return (
    <p id="log" data-state={state}>
      {shown.join(', ')}
    </p>
  );
}
