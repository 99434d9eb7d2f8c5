import { defineConfig } from 'vitest/config';

// Tests that need a document say so in their first line.
export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'build/**/*.test.mjs'],
    environment: 'node',
    // The random tests take seconds, on a busy machine many.
    testTimeout: 120_000,
  },
});
