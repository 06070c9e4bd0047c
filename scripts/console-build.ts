/** How the console is built: files with a hash in their names, nothing inline, so that a strict policy lets all of it run. */
import { fileURLToPath } from 'node:url';
import type { InlineConfig, Plugin } from 'vite';

/**
 * The style sheet behind what the page itself shows, which is painted without waiting for it. Scripts still wait, so that
 * nothing of theirs is shown without a style.
 */
const styleSheetInBody: Plugin = {
  name: 'style-sheet-in-body',
  transformIndexHtml: {
    order: 'post',
    handler: (page) => {
      const links = page.match(/ *<link rel="stylesheet"[^>]*>\n/g) ?? [];
      if (links.length === 0) throw new Error('the page of the console has no style sheet');
      return links
        .reduce((html, link) => html.replace(link, ''), page)
        .replace('<noscript>', `${links.join('').trim()}\n    <noscript>`);
    },
  },
};

export const CONSOLE_BUILD: InlineConfig = {
  root: fileURLToPath(new URL('../packages/console/', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  base: '/',
  plugins: [styleSheetInBody],
  build: {
    target: 'es2023',
    // Both colour schemes are in one style sheet by light-dark(): what these know.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // What the first page shares with others comes with it, in one file instead of five: each would be a connection of its own.
      output: { codeSplitting: { groups: [{ name: 'first', minShareCount: 2, test: /^(?!.*tanstack.*virtual)/ }] } },
      onwarn: (warning, warn) => {
        // "use client" means something to servers that render; here everything is client.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
};
