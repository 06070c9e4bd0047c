/** The file of `rollcall serve --oidc`: which identity provider, who we are to it, and what its groups may do here. */
import { readFile, stat } from 'node:fs/promises';
import { ROLES, type Role } from '@rollcall/api';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigError, unreadableFile } from '../../config.ts';
import { parseScope } from '../../core/scope.ts';

const Text = Type.String({ minLength: 1, maxLength: 1024 });

const OidcFile = Type.Object(
  {
    issuer: Text,
    clientId: Text,
    clientSecret: Text,
    /** Written on the console's button. */
    name: Type.Optional(Text),
    /** What is asked for; `openid` is always among it. */
    scopes: Type.Optional(Type.Array(Text)),
    /** The claim that an operator is called by, and the one with the groups. */
    nameClaim: Type.Optional(Text),
    groupsClaim: Type.Optional(Text),
    /** The first one that somebody is in decides. */
    groups: Type.Array(
      Type.Object(
        { group: Text, role: Type.Enum([...ROLES]), scope: Type.Optional(Text) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  { additionalProperties: false },
);

export interface GroupRule {
  readonly group: string;
  readonly role: Role;
  readonly scope: string | null;
}

export interface OidcConfig extends Required<Omit<Static<typeof OidcFile>, 'groups'>> {
  readonly groups: readonly GroupRule[];
}

/** Throws `ConfigError`. Asks nobody: a provider that is away does not keep the server from starting. */
export async function readOidcConfig(file: string): Promise<OidcConfig> {
  const given = parse(await readSecretFile(file), file);
  const wrong = [...Value.Errors(OidcFile, given)][0];
  if (!Value.Check(OidcFile, given)) {
    throw new ConfigError(
      `--oidc ${file}: ${wrong?.instancePath.slice(1) || 'it'} ${wrong?.message ?? 'is not valid'}`,
    );
  }
  const issuer = issuerOf(given.issuer, file);
  return {
    name: issuer.host,
    scopes: ['profile', 'email'],
    nameClaim: 'preferred_username',
    groupsClaim: 'groups',
    ...given,
    groups: given.groups.map((rule) => ruleOf(rule, file)),
  };
}

async function readSecretFile(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    const isOpen = process.getuid !== undefined && (mode & 0o077) !== 0;
    if (!isOpen) return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadableFile('--oidc', file, error);
  }
  throw new ConfigError(`--oidc ${file} is open to others, and holds the client's secret: chmod 600 ${file}`);
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`--oidc ${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

function issuerOf(text: string, file: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || isLoopback(url))) {
    throw new ConfigError(`--oidc ${file}: issuer must be an https URL (http only on this machine itself)`);
  }
  return url;
}

/** For trying it out. */
export function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}

function ruleOf({ group, role, scope: text }: Static<typeof OidcFile>['groups'][number], file: string): GroupRule {
  const scope = parseScope(text ?? 'all');
  if (!scope.ok) throw new ConfigError(`--oidc ${file}: the scope "${text}" of ${group}: ${scope.reason}`);
  if (role === 'admin' && scope.value !== null) {
    throw new ConfigError(`--oidc ${file}: ${group} is admin, and an admin has no scope`);
  }
  return { group, role, scope: scope.value };
}
