/**
 * What this device proves itself with: its private key and its certificate. They change together at each renewal, so
 * they are in one file: whenever the power fails, the pair on disk is the old one or the new one, and either is good.
 */
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AgentError } from '../agent-error.ts';
import { removeFileDurably, writeFileDurably } from '../storage/durable.ts';
import type { DataDirectory } from './data-directory.ts';

export interface Credential {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** @throws when it is no pair: what the server sent is then of no use, and what is on disk stays */
export function credentialOf(key: string, certificate: string): Credential {
  const parsed = new X509Certificate(certificate);
  if (!parsed.publicKey.equals(createPublicKey(key))) throw new Error('the certificate is not for the key');
  const { validFromDate, validToDate } = parsed;
  return { key, certificate, notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() };
}

export async function readCredential(directory: DataDirectory): Promise<Credential> {
  const pem = await readSecret(directory.credential);
  const key = PRIVATE_KEY.exec(pem)?.[0] ?? (await readSecret(directory.keyOfBefore));
  try {
    return credentialOf(key, pem.replace(PRIVATE_KEY, ''));
  } catch (cause) {
    throw unusable(directory.credential, cause);
  }
}

/** Readable by this user alone, and on disk when it resolves. */
export async function writeCredential(
  directory: DataDirectory,
  { key, certificate }: Pick<Credential, 'key' | 'certificate'>,
): Promise<void> {
  await writeFileDurably(directory.credential, `${certificate.trim()}\n${key.trim()}\n`);
  await removeFileDurably(directory.keyOfBefore);
}

export async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function unusable(path: string, cause: unknown): AgentError {
  const message = `cannot read ${path}: remove the data directory and join again with a token of "rollcall token create --replace NAME"`;
  return new AgentError('data_unusable', message, { cause });
}

const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/;
