import { defineConfig } from 'vitest/config';

// Tests that need a document say so in their first line.
export default defineConfig({
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node' },
});
