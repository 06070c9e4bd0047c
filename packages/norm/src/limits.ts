/** Limits of the wire, each with its unit and its reason. */

/** The longest UDP payload: IPv6's, which is longer than IPv4's 65,507. Nothing longer can have come in a datagram. */
export const DATAGRAM_SIZE_MAX_BYTES = 65_527;

/** The header length field counts 32-bit words in one byte. */
export const HEADER_SIZE_MAX_BYTES = 255 * 4;

/** The transfer length of an object has 48 bits on the wire. */
export const TRANSFER_LENGTH_MAX_BYTES = 2 ** 48 - 1;

/** Reed-Solomon over GF(2^8): source and repair symbols of a block together; 2^8 − 1 non-zero elements. */
export const ENCODING_SYMBOL_COUNT_MAX = 255;
