/**
 * Fields that are taken out of whatever is logged (pino's paths). Nothing logs them on purpose; an error that carries its
 * request, or a line that is written in a hurry, must not do it either.
 */
const NAMES = [
  'token',
  'secret',
  'secretHash',
  'authorization',
  'key',
  'keys',
  'privateKey',
  'contentKey',
  'sessionKey',
];

export const SECRET_PATHS: readonly string[] = NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
