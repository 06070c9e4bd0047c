/** Secrets of tokens: 256 random bits, kept only as their SHA-256. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export function newSecret(): { readonly secret: string; readonly secretHash: string } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, secretHash: hashSecret(secret) };
}

/** Short enough to read aloud, long enough not to be met by chance; and never what a command line takes for an option. */
export function newTokenId(): string {
  for (;;) {
    const id = randomBytes(9).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/** In the same time whether it is right, wrong, or of a token that nobody has. Only digests are compared. */
export function isSecret(secret: string, secretHash: string | undefined): boolean {
  const isEqual = timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from(secretHash ?? NOBODYS_HASH));
  return isEqual && secretHash !== undefined;
}

function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

const NOBODYS_HASH = '0'.repeat(64);
