/** How the console is built: files with a hash in their names, nothing inline, so that a strict policy lets all of it run. */
import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';

export const CONSOLE_BUILD: InlineConfig = {
  root: fileURLToPath(new URL('../packages/console/', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  base: '/',
  build: {
    target: 'es2023',
    // Both colour schemes are in one style sheet by light-dark(): what these know.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      onwarn: (warning, warn) => {
        // "use client" means something to servers that render; here everything is client.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
};
