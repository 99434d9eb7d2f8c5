import type { TabsProps } from 'duramen/app';
import { useState } from 'react';

export function Tabs({ tabs }: TabsProps) {
  const [open, setOpen] = useState(0);
  return (
    <>
      <nav>
        {tabs.map(({ title }, i) => (
          <button key={title} role="tab" aria-selected={i === open} onClick={() => setOpen(i)}>
            {title}
          </button>
        ))}
      </nav>
      {tabs[open]?.body}
    </>
  );
}
