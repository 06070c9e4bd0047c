/** Secrets of tokens: 256 random bits, kept only as their SHA-256. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export function newSecret(): { readonly secret: string; readonly secretHash: string } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, secretHash: hashSecret(secret) };
}

/** Short enough to read aloud, long enough not to be met by chance. */
export function newTokenId(): string {
  return randomBytes(9).toString('base64url');
}

export function isSecret(secret: string, secretHash: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from(secretHash));
}

function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
