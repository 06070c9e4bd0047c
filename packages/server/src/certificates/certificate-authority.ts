/**
 * The server's own certificate authority: made at the first start, kept in the data directory.
 *
 * It signs the certificates of the doors and of the devices, and vouches for whatever certificate the operators' door
 * shows (`trustText`), so that whoever has a token can check the server.
 */
import { createHash, createPublicKey, createSign, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import type { Pkcs10CertificateRequest, PublicKey, X509Certificate } from '@peculiar/x509';
import { trustText, type Envelope, type Trust } from '@rollcall/api';
import { DEVICE_CERTIFICATE_MS, DOOR_CERTIFICATE_MS } from '../limits.ts';
import { signEnvelope } from './envelope.ts';
import { generateKeys, importPrivateKey, privateKeyPem, readIfThere, SIGNING_ALGORITHM, writeSecret } from './keys.ts';
import { x509 } from './x509.ts';

export interface DeviceCertificate {
  readonly pem: string;
  readonly serial: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The request is no PKCS #10, its signature is wrong, or its key is too weak. */
export class CertificateRequestError extends Error {
  override readonly name = 'CertificateRequestError';
}

export class CertificateAuthority {
  readonly pem: string;
  /** SPKI, DER, base64. */
  readonly publicKey: string;
  /** SHA-256 of the public key (SPKI), base64url: what tokens carry. */
  readonly pin: string;
  readonly #certificate: X509Certificate;
  readonly #key: webcrypto.CryptoKey;
  readonly #keyPem: string;

  private constructor(pem: string, key: webcrypto.CryptoKey, keyPem: string) {
    this.pem = pem;
    this.#certificate = new x509.X509Certificate(pem);
    this.#key = key;
    this.#keyPem = keyPem;
    const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    this.publicKey = spki.toString('base64');
    this.pin = createHash('sha256').update(spki).digest('base64url');
  }

  /** Opens the authority in this folder, or makes it. */
  static async open(folder: string, now: number): Promise<CertificateAuthority> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const keyFile = path.join(folder, 'ca.key');
    const certificateFile = path.join(folder, 'ca.pem');
    const keyPem = await readIfThere(keyFile);
    const pem = await readIfThere(certificateFile);
    // The certificate is written last: a key without one is what a crash at the first start left.
    if (keyPem !== undefined && pem !== undefined) {
      return new CertificateAuthority(pem, await importPrivateKey(keyPem), keyPem);
    }
    if (pem !== undefined) throw new Error(`${keyFile} is missing; without it no device can join: restore it`);
    const keys = await generateKeys();
    const newKeyPem = await privateKeyPem(keys.privateKey);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerial(),
      name: [{ CN: ['Rollcall'] }, { OU: [newSerial().slice(0, 8)] }],
      notBefore: new Date(now - CLOCK_SKEW_MS),
      notAfter: new Date(now + AUTHORITY_MS),
      signingAlgorithm: SIGNING_ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    await writeSecret(keyFile, newKeyPem);
    await writeSecret(certificateFile, certificate.toString('pem'));
    return new CertificateAuthority(certificate.toString('pem'), keys.privateKey, newKeyPem);
  }

  /** A certificate for a door under these names and addresses. */
  async issueServer(names: readonly string[], now: number): Promise<{ readonly cert: string; readonly key: string }> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: [{ CN: [names[0]!] }],
      issuer: this.#certificate.subject,
      notBefore: new Date(now - CLOCK_SKEW_MS),
      notAfter: new Date(now + DOOR_CERTIFICATE_MS),
      signingAlgorithm: SIGNING_ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate),
      ],
    });
    return { cert: certificate.toString('pem'), key: await privateKeyPem(keys.privateKey) };
  }

  /** Certifies a device's key. What the request says of its subject is not taken over. */
  async issueDevice(deviceId: string, requestPem: string, now: number): Promise<DeviceCertificate> {
    const publicKey = await checkRequest(requestPem);
    const serial = newSerial();
    // The certificate counts in seconds.
    const expiresAt = Math.floor((now + DEVICE_CERTIFICATE_MS) / 1000) * 1000;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [deviceId] }],
      issuer: this.#certificate.subject,
      notBefore: new Date(now - CLOCK_SKEW_MS),
      notAfter: new Date(expiresAt),
      signingAlgorithm: SIGNING_ALGORITHM,
      publicKey,
      signingKey: this.#key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate),
      ],
    });
    const pem = certificate.toString('pem');
    return { pem, serial: normalSerial(new NodeCertificate(pem).serialNumber), issuedAt: now, expiresAt };
  }

  /** The authority's word for the certificates (PEM) that the operators' door shows. */
  vouchFor(doorCertificates: readonly string[]): Trust {
    const fingerprints = doorCertificates.map((pem) =>
      createHash('sha256').update(new NodeCertificate(pem).raw).digest('hex'),
    );
    const signature = createSign('sha256').update(trustText(fingerprints)).sign(this.#keyPem, 'base64');
    return { certificateAuthority: this.pem, fingerprints, signature };
  }

  /** A statement that whoever has pinned this authority can check. */
  signStatement(payloadType: string, statement: object): Envelope {
    return signEnvelope(payloadType, statement, `ecdsa-p256-sha256:${this.pin}`, (bytes) =>
      createSign('sha256').update(bytes).sign(this.#keyPem),
    );
  }
}

/** As certificates are looked up: lower case, without leading zeros, whoever printed it. */
export function normalSerial(serial: string): string {
  return serial.toLowerCase().replace(/^0+(?=.)/, '');
}

async function checkRequest(pem: string): Promise<PublicKey> {
  let request: Pkcs10CertificateRequest;
  let isProven: boolean;
  try {
    request = new x509.Pkcs10CertificateRequest(pem);
    isProven = await request.verify();
  } catch (error) {
    throw new CertificateRequestError('it is no PKCS #10 certificate signing request in PEM', { cause: error });
  }
  if (!isProven) throw new CertificateRequestError('its signature does not prove the key');
  const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
  const isStrong = name === 'Ed25519' || (name === 'ECDSA' && namedCurve !== undefined && CURVES.has(namedCurve));
  if (!isStrong) throw new CertificateRequestError('its key must be ECDSA on P-256, P-384 or P-521, or Ed25519');
  return request.publicKey;
}

/** Positive, and never with leading zeros, so that every printer prints it alike. */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

const CURVES = new Set(['P-256', 'P-384', 'P-521']);

/** A device whose clock is behind must still take the certificate. */
const CLOCK_SKEW_MS = 24 * 3_600_000;
const AUTHORITY_MS = 40 * 365.25 * 86_400_000;
