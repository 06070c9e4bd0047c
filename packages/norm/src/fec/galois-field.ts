/**
 * Arithmetic in GF(2^8), the field that the erasure code calculates in.
 *
 * A field is a set of numbers in which one can add, subtract, multiply and divide, and stays inside. GF(2^8) has 256 of
 * them, so that a byte holds exactly one. A byte is read as a polynomial whose coefficients are its bits:
 *
 *   - addition is XOR, and so is subtraction, since every coefficient counts modulo 2;
 *   - multiplication is that of polynomials, modulo x^8 + x^4 + x^3 + x^2 + 1 (0x11d).
 *
 * For this modulus x itself (the byte 2, called α) is primitive: its powers α^0, α^1, … α^254 run through all values but
 * zero before they repeat. So each value but zero is α^e for one e, its logarithm, and multiplying is adding logarithms
 * modulo 255.
 *
 * RFC 5510 §8.1: the field and its primitive polynomial for m = 8, which is libnorm's as well.
 */

/** x^8 + x^4 + x^3 + x^2 + 1. */
export const PRIMITIVE_POLYNOMIAL = 0x11d;

/** How many values have a logarithm: all but zero. Logarithms are taken modulo this. */
export const GROUP_ORDER = 255;

/** α^e for e from 0 to 764: three times round, so that a sum of up to three logarithms needs no reduction. */
export const EXPONENTIAL: Uint8Array = new Uint8Array(3 * GROUP_ORDER);

/** The e with α^e = value. Zero has no logarithm; its entry is 0, so that in a product over others it changes nothing. */
export const LOGARITHM: Uint8Array = new Uint8Array(256);

for (let exponent = 0, power = 1; exponent < GROUP_ORDER; exponent++) {
  EXPONENTIAL[exponent] = power;
  EXPONENTIAL[exponent + GROUP_ORDER] = power;
  EXPONENTIAL[exponent + 2 * GROUP_ORDER] = power;
  LOGARITHM[power] = exponent;
  power <<= 1;
  if (power > 255) power ^= PRIMITIVE_POLYNOMIAL;
}

export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return EXPONENTIAL[LOGARITHM[a]! + LOGARITHM[b]!]!;
}
