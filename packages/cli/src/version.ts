import about from '../package.json' with { type: 'json' };

/** One version for all packages. */
export const VERSION = about.version;
