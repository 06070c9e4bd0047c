/**
 * The identity provider, by OpenID Connect: authorization code flow with PKCE (RFC 7636), state and nonce. It is asked for
 * its configuration when somebody wants to sign in, so that it may be away when this server starts.
 */
import * as oidc from 'openid-client';
import { Problem } from '../../core/problem.ts';
import { PROVIDER_TIMEOUT_SECONDS } from '../../limits.ts';
import { isLoopback, type OidcConfig } from './oidc-config.ts';

/** What the browser keeps between going to the provider and coming back. */
export interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Who it is, as the provider says. */
export interface Person {
  /** Issuer and subject: who it stays, whatever it is called. */
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export class IdentityProvider {
  readonly config: OidcConfig;
  readonly #redirectUrl: () => string;
  #discovered: Promise<oidc.Configuration> | undefined;

  constructor(config: OidcConfig, redirectUrl: () => string) {
    this.config = config;
    this.#redirectUrl = redirectUrl;
  }

  /** Throws `provider_unavailable`. */
  async begin(): Promise<{ readonly url: URL; readonly flow: Flow }> {
    const provider = await this.discover();
    const flow = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
    const url = oidc.buildAuthorizationUrl(provider, {
      redirect_uri: this.#redirectUrl(),
      scope: [...new Set(['openid', ...this.config.scopes])].join(' '),
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
    });
    return { url, flow };
  }

  /** @param query what the provider sent the browser back with. Throws `provider_unavailable`, `provider_refused`. */
  async finish(query: string, { state, nonce, verifier }: Flow): Promise<Person> {
    const provider = await this.discover();
    const { groupsClaim, nameClaim } = this.config;
    try {
      const tokens = await oidc.authorizationCodeGrant(provider, new URL(`${this.#redirectUrl()}?${query}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims()!;
      const isWhole = claims[groupsClaim] !== undefined && claims[nameClaim] !== undefined;
      const hasMore = provider.serverMetadata().userinfo_endpoint !== undefined;
      const more = isWhole || !hasMore ? {} : await oidc.fetchUserInfo(provider, tokens.access_token, claims.sub);
      return { subject: `${claims.iss} ${claims.sub}`, claims: { ...more, ...claims } };
    } catch (error) {
      throw new Problem('provider_refused', `${this.config.name} did not confirm who this is: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Once it has answered, it is not asked again. Throws `provider_unavailable`. */
  async discover(): Promise<oidc.Configuration> {
    this.#discovered ??= this.#ask();
    try {
      return await this.#discovered;
    } catch (error) {
      this.#discovered = undefined;
      const detail = `${this.config.issuer} does not say how to sign in: ${reasonOf(error)}`;
      throw new Problem('provider_unavailable', detail, { cause: error, retryAfterSeconds: 10 });
    }
  }

  #ask(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.config;
    const url = new URL(issuer);
    // Whatever the provider takes; where it does not say, RFC 8414 §2 means Basic.
    const authenticate: oidc.ClientAuth = (server, ...rest) => {
      const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
      const isBasic = methods.includes('client_secret_basic');
      (isBasic ? oidc.ClientSecretBasic : oidc.ClientSecretPost)(clientSecret)(server, ...rest);
    };
    return oidc.discovery(url, clientId, undefined, authenticate, {
      timeout: PROVIDER_TIMEOUT_SECONDS,
      ...(isLoopback(url) ? { execute: [oidc.allowInsecureRequests] } : {}),
    });
  }
}

/** The library's own words, and what an error of the provider's says. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { error: code, error_description: description } = error as { error?: string; error_description?: string };
  const inner = cause instanceof Error ? cause.message : undefined;
  return [message, code, description, inner].filter((text) => text !== undefined && text !== '').join(': ');
}
