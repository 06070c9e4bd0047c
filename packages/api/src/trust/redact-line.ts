/**
 * Takes secrets out of a line of a log, wherever in it they stand: in a field of any depth, in an address, in the message
 * of an error that somebody else wrote. Nothing logs them on purpose; this is for the line that is written in a hurry.
 */

/** Names of fields whose text is a secret, as they are in our records, in headers and in others' libraries. */
const SECRET_FIELDS = [
  'token',
  'secret',
  'secretHash',
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'client_secret',
  'clientSecret',
  'key',
  'keys',
  'privateKey',
  'contentKey',
  'sessionKey',
  'senderKey',
  'feedbackKey',
];

/** Of objects and bytes under these names, up to the third level, in the form of pino's `redact`. */
export const SECRET_PATHS: readonly string[] = SECRET_FIELDS.map((name) =>
  name.includes('-') ? `["${name}"]` : name,
).flatMap((name) => [
  name,
  `*${name.startsWith('[') ? '' : '.'}${name}`,
  `*.*${name.startsWith('[') ? '' : '.'}${name}`,
]);

export function redactLine(line: string): string {
  return line
    .replaceAll(FIELD, '"$1":"[redacted]"')
    .replaceAll(TOKEN, '$1.[redacted]')
    .replaceAll(SIGN_IN, '$1.[redacted]')
    .replaceAll(WEBHOOK_SECRET, '$1[redacted]')
    .replaceAll(BEARER, '$1 [redacted]')
    .replaceAll(PRIVATE_KEY, '$1[redacted]$2');
}

const FIELD = new RegExp(`"(${SECRET_FIELDS.join('|')})":"(?:[^"\\\\]|\\\\.)*"`, 'gi');
/** What identifies a token stays: it says which one to revoke. */
const TOKEN = /\b(rc[a-z]\.[A-Za-z0-9_-]{1,64})\.[A-Za-z0-9_-]{16,128}(?:\.[A-Za-z0-9_-]{43})?/g;
/** A sign-in link, and the cookie of a sign-in. */
const SIGN_IN = /((?:#link|__Host-rollcall)=[A-Za-z0-9_-]{1,64})\.[A-Za-z0-9_-]{16,128}/g;
/** What a webhook signs with. */
const WEBHOOK_SECRET = /\b(whsec_)[A-Za-z0-9+/]{16,}={0,2}/g;
const BEARER = /\b(Bearer|Basic) [A-Za-z0-9._~+/=-]{8,}/gi;
const PRIVATE_KEY = /(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----)/gs;
