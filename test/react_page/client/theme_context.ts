import { createContext } from 'react';

// Of two components in files of their own: both must get the same module.
export const ThemeContext = createContext('none');
