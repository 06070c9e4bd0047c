/** Milliseconds since 1970. */
interface Validity {
  readonly from: number;
  readonly to: number;
}

/**
 * Why a certificate does not count at this time. A clock that lies outside the authority's own life cannot be right, and
 * refuses nothing: a machine without a battery must be able to join, and learns the time from the server it has pinned.
 */
export function dateRefusal(certificate: Validity, authority: Validity, clock: number): string | undefined {
  if (clock < authority.from || clock > authority.to) return undefined;
  const what = clock < certificate.from ? 'is not valid yet' : clock > certificate.to ? 'has expired' : undefined;
  if (what === undefined) return undefined;
  return `the server's certificate ${what} at ${new Date(clock).toISOString()}, which is what this machine's clock says: set the clock if that is wrong`;
}
