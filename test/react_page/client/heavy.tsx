import type { ReactNode } from 'react';

export default function Heavy({ children }: { children: ReactNode }) {
  return <section id="heavy">Heavy with {children}</section>;
}
