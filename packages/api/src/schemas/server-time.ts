/** The server's time, signed for one question: the device's nonce keeps an answer from being used again. */
import { Type, type Static } from 'typebox';
import { Timestamp } from './scalars.ts';

export const SERVER_TIME_TYPE = 'application/vnd.rollcall.server-time+json';

/** At least 128 random bits, base64url. */
export const Nonce = Type.String({ minLength: 22, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' });

export const ServerTime = Type.Object({ serverTime: Timestamp, nonce: Nonce });
export type ServerTime = Static<typeof ServerTime>;
