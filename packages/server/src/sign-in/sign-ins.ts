/**
 * Browsers that are signed in: each has a secret of its own in a cookie, of which the store has the hash. A sign-in ends by
 * itself when nobody uses it or when its time is over, and with its operator; a new one never goes on with an old
 * secret, so that nobody can lay one under somebody (session fixation).
 */
import type { SignInMethod } from '@rollcall/api';
import type { FastifyRequest } from 'fastify';
import { shorten } from '../core/shorten.ts';
import { isSecret, newSecret, newTokenId } from '../certificates/tokens.ts';
import type { Store, StoreReader, StoreTransactor } from '../core/ports.ts';
import { Problem } from '../core/problem.ts';
import type { OperatorRecord, SignInRecord } from '../core/records.ts';
import {
  SIGN_IN_BY_PROVIDER_MS,
  SIGN_IN_IDLE_MS,
  SIGN_IN_MS,
  SIGN_IN_USE_WRITTEN_EVERY_MS,
  SIGN_INS_PER_OPERATOR_MAX,
} from '../limits.ts';
import { readCookie, writeCookie } from './cookie.ts';
import { requireUnexpired } from './operator-of-token.ts';
import { requireOwnPage } from './require-own-page.ts';

export interface SignInPorts {
  readonly store: Store;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export interface BegunSignIn {
  readonly signIn: SignInRecord;
  /** For the header `Set-Cookie`. */
  readonly cookie: string;
}

export class SignIns {
  readonly #ports: SignInPorts;
  readonly #ofRequests = new WeakMap<FastifyRequest, SignInRecord>();
  /** Requests with a cookie that is not good any more. */
  readonly #voids = new WeakSet<FastifyRequest>();
  /** Whose use is being written. */
  readonly #noting = new Set<string>();

  constructor(ports: SignInPorts) {
    this.#ports = ports;
  }

  /** Within the transaction that found out who it is, with its entry in the audit log. Ends the one of the same browser. */
  async begin(
    transactor: StoreTransactor,
    { operator, method, request }: { operator: OperatorRecord; method: SignInMethod; request: FastifyRequest },
  ): Promise<BegunSignIn> {
    const now = this.#ports.now();
    requireUnexpired(operator, now);
    const before = await this.#find(transactor, request);
    if (before !== undefined) await transactor.deleteSignIn(before.id);
    const { secret, secretHash } = newSecret();
    const signIn: SignInRecord = {
      id: newTokenId(),
      secretHash,
      operatorId: operator.id,
      method,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: Math.min(
        now + (method === 'oidc' ? SIGN_IN_BY_PROVIDER_MS : SIGN_IN_MS),
        operator.expiresAt ?? Infinity,
      ),
      from: request.ip,
      browser: browserOf(request),
    };
    await transactor.insertSignIn(signIn, SIGN_INS_PER_OPERATOR_MAX);
    await transactor.appendAudit({
      at: now,
      actor: { kind: 'operator', id: operator.id, name: operator.name },
      source: shorten(request.ip),
      operation: 'signIn',
      outcome: 'done',
      subjects: [...transactor.touched.subjects],
      deviceCount: 0,
      details: { method },
    });
    return { signIn, cookie: writeCookie({ id: signIn.id, secret }, signIn.expiresAt - now) };
  }

  /** Who asks, by the cookie; undefined: the request has none. Throws `unauthenticated` and `cross_site`. */
  async identify(request: FastifyRequest): Promise<OperatorRecord | undefined> {
    if (readCookie(request.headers.cookie) === undefined) return undefined;
    requireOwnPage(request);
    const { reader } = this.#ports.store;
    const signIn = await this.#find(reader, request);
    const operator = signIn === undefined ? undefined : await reader.operatorById(signIn.operatorId);
    if (signIn === undefined || operator === undefined) {
      this.#voids.add(request);
      throw new Problem('unauthenticated', 'you are not signed in any more: sign in again');
    }
    requireUnexpired(operator, this.#ports.now());
    this.#ofRequests.set(request, signIn);
    this.#noteUse(signIn, request.ip);
    return operator;
  }

  /** By which a request was identified; undefined: it has a token. */
  of(request: FastifyRequest): SignInRecord | undefined {
    return this.#ofRequests.get(request);
  }

  /** Whether the browser that asks had better forget its cookie. */
  isVoid(request: FastifyRequest): boolean {
    return this.#voids.has(request);
  }

  /** For what goes on for hours with one request: whether it still may. Counts as a use. */
  async keep({ id }: SignInRecord, address: string): Promise<boolean> {
    const signIn = await this.#ports.store.reader.signIn(id);
    if (signIn === undefined || this.#isOver(signIn)) return false;
    this.#noteUse(signIn, address);
    return true;
  }

  async forgetEnded(): Promise<void> {
    const now = this.#ports.now();
    await this.#ports.store.transact((transactor) =>
      transactor.deleteEndedSignIns({ now, usedBefore: now - SIGN_IN_IDLE_MS }),
    );
  }

  async #find(reader: StoreReader, { headers }: FastifyRequest): Promise<SignInRecord | undefined> {
    const cookie = readCookie(headers.cookie);
    if (cookie === undefined) return undefined;
    const signIn = await reader.signIn(cookie.id);
    return isSecret(cookie.secret, signIn?.secretHash) && !this.#isOver(signIn!) ? signIn : undefined;
  }

  #isOver({ expiresAt, lastUsedAt }: SignInRecord): boolean {
    const now = this.#ports.now();
    return expiresAt <= now || lastUsedAt + SIGN_IN_IDLE_MS <= now;
  }

  #noteUse({ id, lastUsedAt }: SignInRecord, address: string): void {
    const { store, now, onError } = this.#ports;
    if (now() - lastUsedAt < SIGN_IN_USE_WRITTEN_EVERY_MS || this.#noting.has(id)) return;
    this.#noting.add(id);
    // Nobody waits for it, and a full disk signs nobody out.
    store
      .transact((transactor) => transactor.noteSignInUse(id, now(), address))
      .catch(onError)
      .finally(() => this.#noting.delete(id));
  }
}

function browserOf({ headers }: FastifyRequest): string | null {
  const text = headers['user-agent'];
  return text === undefined ? null : shorten(text);
}
