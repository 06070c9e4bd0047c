import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate authority in a few lines of DER (RFC 5280 §4.1), so that the tests need no other program. */
export class TestAuthority {
  readonly #key: KeyObject;
  readonly pem: string;
  readonly pin: string;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    this.pem = this.#issue('authority', spki, [AUTHORITY]);
    this.pin = createHash('sha256').update(spki).digest('base64url');
  }

  /** A certificate with its key, good for localhost and 127.0.0.1, for a server or (which is wrong there) a client. */
  server(purpose: 'server' | 'client' = 'server'): { readonly key: string; readonly cert: string } {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const names = der(0x30, der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
    const extension = der(0x30, Buffer.from('0603551d11', 'hex'), der(0x04, names));
    // RFC 5280 §4.2.1.12: id-kp-serverAuth or id-kp-clientAuth.
    const use = der(0x30, der(0x06, Buffer.from(`2b0601050507030${purpose === 'server' ? 1 : 2}`, 'hex')));
    const purposes = der(0x30, Buffer.from('0603551d25', 'hex'), der(0x04, use));
    return {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: this.#issue('server', publicKey.export({ type: 'spki', format: 'der' }), [extension, purposes]),
    };
  }

  /** A device's certificate for the key of its request. */
  device(request: string, deviceId: string, validity = LONG): string {
    const bytes = Buffer.from(request.replaceAll(/-----.*-----|\s/g, ''), 'base64');
    // The key stands as it is in the request: what begins like a P-256 SubjectPublicKeyInfo and has its length.
    const start = bytes.indexOf(Buffer.from('3059301306072a8648ce3d0201', 'hex'));
    return this.#issue(deviceId, bytes.subarray(start, start + 91), [], validity);
  }

  sign(text: string): string {
    return this.signBytes(Buffer.from(text)).toString('base64');
  }

  signBytes(bytes: Uint8Array): Buffer {
    return sign('sha256', bytes, this.#key);
  }

  get keyId(): string {
    return `ecdsa-p256-sha256:${this.pin}`;
  }

  #issue(subject: string, spki: Uint8Array, extensions: readonly Uint8Array[], { from, to }: Validity = LONG): string {
    createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    const validity = der(0x30, timeOf(from), timeOf(to));
    const body = der(
      0x30,
      Buffer.from('a003020102', 'hex'),
      der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ECDSA_WITH_SHA256,
      nameOf('authority'),
      validity,
      nameOf(subject),
      spki,
      ...(extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions))]),
    );
    const signature = sign('sha256', body, this.#key);
    const certificate = der(0x30, body, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
    const lines = certificate.toString('base64').replace(/(.{64})(?=.)/g, '$1\n');
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  }
}

/** Years, from the first second of one to that of the other. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

const LONG: Validity = { from: 2020, to: 2050 };

function timeOf(year: number): Buffer {
  // GeneralizedTime from 2050 on, UTCTime before (RFC 5280 §4.1.2.5).
  return year < 2050
    ? der(0x17, Buffer.from(`${year % 100}0101000000Z`))
    : der(0x18, Buffer.from(`${year}0101000000Z`));
}

const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');

/** basicConstraints, critical: an authority. */
const AUTHORITY = Buffer.from('300f0603551d130101ff040530030101ff', 'hex');

function nameOf(commonName: string): Buffer {
  const attribute = der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(commonName)));
  return der(0x30, der(0x31, attribute));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
}
