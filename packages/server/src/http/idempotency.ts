/**
 * Requests that name an `Idempotency-Key`: the same one again is not carried out again, it gets the answer that the
 * first one got. So a client that heard nothing may simply ask once more.
 *
 * The key is written in the transaction that makes the change, its answer after it: what was carried out is known even
 * if the server dies before it has answered. An answer may hold a token that is shown once, so it is kept encrypted
 * under the key itself, of which the table has a hash only.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { canonicalJson, type Operation } from '@rollcall/api';
import type { Store, StoreTransactor } from '../core/ports.ts';
import { Problem } from '../core/problem.ts';
import { IDEMPOTENCY_KEYS_KEPT_MS, IDEMPOTENCY_KEYS_PER_OPERATOR_MAX } from '../limits.ts';

export interface KeyedCall {
  readonly key: string;
  readonly callerId: string;
  readonly operation: Operation;
  readonly params: unknown;
  readonly body: unknown;
}

export interface KeyedAnswer {
  readonly answer: unknown;
  readonly isRepeated: boolean;
}

/** Of the request that is being answered here: its first transaction takes the key along. */
interface OwedKey {
  readonly id: string;
  readonly fingerprint: string;
  readonly operatorId: string;
  readonly createdAt: number;
}

export class IdempotencyKeys {
  static readonly #owed = new AsyncLocalStorage<{ key: OwedKey | undefined }>();
  readonly #store: Store;
  readonly #now: () => number;
  readonly #inHand = new Set<string>();

  constructor({ store, now }: { readonly store: Store; readonly now: () => number }) {
    this.#store = store;
    this.#now = now;
  }

  /** What a transaction of such a request has to do as well. */
  static withKey<Result>(
    work: (transactor: StoreTransactor) => Promise<Result>,
  ): (transactor: StoreTransactor) => Promise<Result> {
    const owed = IdempotencyKeys.#owed.getStore();
    const key = owed?.key;
    if (owed === undefined || key === undefined) return work;
    owed.key = undefined;
    return async (transactor) => {
      try {
        if ((await transactor.countIdempotencyKeys(key.operatorId)) >= IDEMPOTENCY_KEYS_PER_OPERATOR_MAX) {
          throw new Problem('too_many_requests', 'you have used too many idempotency keys within 24 hours');
        }
        await transactor.insertIdempotencyKey({ ...key, answer: null });
        return await work(transactor);
      } catch (error) {
        // It is taken back with the rest; the next transaction may go better.
        owed.key = key;
        throw error;
      }
    };
  }

  /** @throws Problem `idempotency_key_reused`, `idempotency_key_in_use`, and what the operation throws */
  async answering(call: KeyedCall, answer: () => Promise<unknown>): Promise<KeyedAnswer> {
    const id = hash(`rollcall idempotency key\n${call.callerId}\n${call.key}`);
    const { operation, params, body } = call;
    const fingerprint = hash(canonicalJson({ operation: operation.id, params: params ?? null, body: body ?? null }));
    if (this.#inHand.has(id)) throw inUse();
    this.#inHand.add(id);
    try {
      const known = await this.#store.reader.idempotencyKey(id);
      const isKept = known !== undefined && known.createdAt >= this.#now() - IDEMPOTENCY_KEYS_KEPT_MS;
      if (isKept) return { answer: repeat(known, fingerprint, call), isRepeated: true };
      const key = { id, fingerprint, operatorId: call.callerId, createdAt: this.#now() };
      const given = await IdempotencyKeys.#owed.run({ key }, answer);
      const sealed = seal(JSON.stringify(given ?? null), call);
      await this.#store.transact((transactor) => transactor.answerIdempotencyKey(id, sealed));
      return { answer: given, isRepeated: false };
    } finally {
      this.#inHand.delete(id);
    }
  }
}

function repeat(
  known: { readonly fingerprint: string; readonly answer: Uint8Array | null },
  fingerprint: string,
  call: KeyedCall,
): unknown {
  if (known.fingerprint !== fingerprint) {
    throw new Problem(
      'idempotency_key_reused',
      'this idempotency key was used for another request within the last 24 hours: make a new one for each',
    );
  }
  if (known.answer === null) {
    throw new Problem('conflict', 'this was carried out, but the answer was lost when the server stopped: look for it');
  }
  return JSON.parse(unseal(known.answer, call)) ?? undefined;
}

function inUse(): Problem {
  return new Problem('idempotency_key_in_use', 'the first request with this key is still being answered', {
    retryAfterSeconds: 1,
  });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function cipherKeyOf({ key, callerId }: KeyedCall): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, callerId, 'rollcall idempotent answer', 32));
}

function seal(text: string, call: KeyedCall): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', cipherKeyOf(call), nonce);
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function unseal(sealed: Uint8Array, call: KeyedCall): string {
  const bytes = Buffer.from(sealed);
  const end = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', cipherKeyOf(call), bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(end));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
