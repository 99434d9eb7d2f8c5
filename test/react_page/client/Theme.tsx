import type { ThemeProps } from 'duramen/app';
import { useState } from 'react';
import { ThemeContext } from './theme_context.ts';

export function Theme({ children }: ThemeProps) {
  const [theme, setTheme] = useState('light');
  return (
    <ThemeContext value={theme}>
      <button id="theme" onClick={() => setTheme(theme === 'light' ? 'dark' : 'light')}>
        {theme}
      </button>
      {children}
    </ThemeContext>
  );
}
