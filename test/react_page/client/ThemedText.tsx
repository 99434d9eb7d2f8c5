import type { ThemedTextProps } from 'duramen/app';
import { useContext } from 'react';
import { ThemeContext } from './theme_context.ts';

export function ThemedText({ id, children }: ThemedTextProps) {
  return (
    <p id={id} data-theme={useContext(ThemeContext)}>
      {children}
    </p>
  );
}
