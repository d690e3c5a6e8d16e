import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/helpers/closing-line.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: ['./test/helpers/temp-folder.ts', './test/helpers/build-once.ts'],
  },
});
