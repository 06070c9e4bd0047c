import { generateKeyPair } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type AnswerOf, isOf, operations, parseToken, PROTOCOL, trustText } from '@rollcall/api';
import { connectPinned, PinError, type PinnedConnection } from '@rollcall/transport/tls';
import { request } from 'undici';
import { AgentError } from '../agent-error.ts';
import { ANSWER_BYTES_MAX } from '../limits.ts';
import { errorCode, syncDirectory, writeFileDurably } from '../storage/durable.ts';
import { certificateRequest } from './certificate-request.ts';
import { writeCredential } from './credential.ts';
import { DataDirectory } from './data-directory.ts';
import { DataLock } from './data-lock.ts';
import { configText, type DeviceConfiguration } from './device-config.ts';
import { collectFacts } from './facts.ts';
import { type Identity, readIdentity } from './identity.ts';
import { readMachineId } from './machine-id.ts';
import { ProblemError } from './problem-error.ts';

export interface JoinOptions {
  readonly url: string;
  readonly token: string;
  readonly dataDirectory: string;
  readonly name?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** What the server's tasks may do here. Default: write below `files` in the data directory. */
  readonly configuration?: DeviceConfiguration | undefined;
}

export interface JoinedDevice {
  readonly deviceId: string;
  readonly name: string;
  readonly deviceUrl: string;
  /** An operator has to approve it before it gets anything to do. */
  readonly isPending: boolean;
  readonly dataDirectory: string;
}

type JoinAnswer = AnswerOf<typeof operations.join>;

/**
 * Enrols this machine as a device and writes its data directory. The last file written makes it a device; when anything
 * fails before, what was written is removed again.
 *
 * @throws AgentError
 */
export async function joinServer(options: JoinOptions): Promise<JoinedDevice> {
  const token = parseToken(options.token, 'join');
  if (!token.ok) throw new AgentError('bad_token', token.reason);
  const config = configText(options.configuration ?? { allowedRoots: [], allow: [], channels: {} });

  const directory = new DataDirectory(options.dataDirectory);
  const known = await readIdentity(directory);
  if (known !== undefined) {
    throw new AgentError(
      'already_joined',
      `${directory.path} has joined already, as "${known.name}" (${known.deviceId}): start it by ` +
        `"rollcall agent --data ${directory.path}", or join with another data directory`,
    );
  }
  const wasThere = await readdir(directory.path).then(
    () => true,
    () => false,
  );
  await directory.make();
  await directory.requirePrivate();
  // Taken before the server is asked: it also shows that this user may write here, before a use of the token is spent.
  const lock = DataLock.take(directory);
  let isJoined = false;
  try {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
    const answer = await enrol(options, token.value.pin, certificateRequest({ publicKey, privateKey }), directory);
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeDirectory(directory, key, answer, config);
    isJoined = true;
    const { deviceId, name, deviceUrl, pending } = answer;
    return { deviceId, name, deviceUrl, isPending: pending, dataDirectory: directory.path };
  } finally {
    lock.release();
    if (!isJoined) await removeHalf(directory, wasThere);
  }
}

async function enrol(
  options: JoinOptions,
  pin: string,
  certificateSigningRequest: string,
  directory: DataDirectory,
): Promise<JoinAnswer> {
  const body = {
    token: options.token.trim(),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.labels === undefined ? {} : { labels: options.labels }),
    certificateSigningRequest,
    protocol: PROTOCOL,
    facts: await collectFacts(directory.path),
  };
  let connection: PinnedConnection | undefined;
  try {
    connection = await connectPinned(options.url, pin, trustText);
    const response = await request(new URL(operations.join.path, connection.url), {
      method: operations.join.method,
      dispatcher: connection.dispatcher,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.body.text();
    if (text.length > ANSWER_BYTES_MAX) throw new Error('the answer is too long');
    if (response.statusCode >= 400) throw new ProblemError(response.statusCode, text, undefined);
    const answer: unknown = JSON.parse(text);
    if (!isOf(operations.join.answer, answer)) throw new Error('the answer is not that of a Rollcall server');
    return answer;
  } catch (error) {
    throw joinError(error, options.url);
  } finally {
    await connection?.close();
  }
}

function joinError(error: unknown, url: string): AgentError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof PinError && error.code === 'untrusted') {
    return new AgentError('server_untrusted', `${message}. Nothing was sent to it`, { cause: error });
  }
  if (!(error instanceof ProblemError)) {
    return new AgentError('server_unreachable', `cannot join at ${url}: ${message}`, { cause: error });
  }
  const advice =
    error.code === 'token_unknown' || error.code === 'token_used_up'
      ? '. Ask for a new one, made by "rollcall token create"'
      : error.code === 'name_taken'
        ? ' (--name); a machine that takes the place of another device needs a token of "rollcall token create --replace NAME"'
        : '';
  return new AgentError('join_refused', `the server refused: ${message}${advice}`, { cause: error });
}

async function writeDirectory(
  directory: DataDirectory,
  key: string,
  answer: JoinAnswer,
  config: string,
): Promise<void> {
  const machineId = await readMachineId();
  const identity: Identity = {
    deviceId: answer.deviceId,
    name: answer.name,
    deviceUrl: answer.deviceUrl,
    serverName: answer.serverName,
    ...(machineId === undefined ? {} : { machineId }),
    joinedAt: Date.now(),
  };
  await writeCredential(directory, { key, certificate: answer.certificate });
  await writeFileDurably(directory.certificateAuthority, answer.certificateAuthority);
  await writeFileDurably(directory.config, config);
  // The commit: without this file the directory is nobody's.
  await writeFileDurably(directory.identity, `${JSON.stringify(identity, undefined, 2)}\n`);
}

async function removeHalf(directory: DataDirectory, wasThere: boolean): Promise<void> {
  const ours = [directory.credential, directory.certificateAuthority, directory.config, directory.lock];
  if (!wasThere) {
    await rm(directory.path, { recursive: true, force: true });
    return;
  }
  for (const path of ours) await rm(path, { force: true });
  await syncDirectory(directory.path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}
