import { createRequire } from 'node:module';

/** The C library's calls that node:dgram does not offer. Pointers are plain numbers: 48 bits are enough for them. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  close(fd: number): number;
  getsockname(fd: number, address: number, length: number): number;
  setsockopt(fd: number, level: number, option: number, value: number, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: number, length: number): number;
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  ppoll(descriptors: number, count: number, timeout: number, signals: number): number;
  eventfd(value: number, flags: number): number;
  read(fd: number, target: number, size: number): number;
  madvise(address: number, size: number, advice: number): number;
  mallopt(parameter: number, value: number): number;
  clock_gettime(clock: number, time: number): number;
  interfaceIndex(name: string): number;
  errno(): number;
  addressOf(bytes: Uint8Array): number;
}

let loaded: Libc | undefined | 'absent';

/** The C library of this Linux (glibc, x64 or arm64), or undefined where the portable socket has to do. */
export function loadLibc(): Libc | undefined {
  loaded ??= load() ?? 'absent';
  return loaded === 'absent' ? undefined : loaded;
}

function load(): Libc | undefined {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const libc = koffi.load('libc.so.6');
    return {
      socket: libc.func('socket', 'int', ['int', 'int', 'int']),
      bind: libc.func('bind', 'int', ['int', 'uintptr_t', 'uint32_t']),
      close: libc.func('close', 'int', ['int']),
      getsockname: libc.func('getsockname', 'int', ['int', 'uintptr_t', 'uintptr_t']),
      setsockopt: libc.func('setsockopt', 'int', ['int', 'int', 'int', 'uintptr_t', 'uint32_t']),
      getsockopt: libc.func('getsockopt', 'int', ['int', 'int', 'int', 'uintptr_t', 'uintptr_t']),
      recvmmsg: libc.func('recvmmsg', 'int', ['int', 'uintptr_t', 'uint32_t', 'int', 'uintptr_t']),
      sendmmsg: libc.func('sendmmsg', 'int', ['int', 'uintptr_t', 'uint32_t', 'int']),
      ppoll: libc.func('ppoll', 'int', ['uintptr_t', 'ulong', 'uintptr_t', 'uintptr_t']),
      eventfd: libc.func('eventfd', 'int', ['uint32_t', 'int']),
      read: libc.func('read', 'intptr_t', ['int', 'uintptr_t', 'size_t']),
      madvise: libc.func('madvise', 'int', ['uintptr_t', 'size_t', 'int']),
      mallopt: libc.func('mallopt', 'int', ['int', 'int']),
      clock_gettime: libc.func('clock_gettime', 'int', ['int', 'uintptr_t']),
      interfaceIndex: libc.func('if_nametoindex', 'uint32_t', ['str']),
      errno: () => koffi.errno(),
      addressOf: (bytes) => Number(koffi.address(bytes)),
    };
  } catch {
    // koffi is an optional dependency; a C library of another name or kind is no error either.
    return undefined;
  }
}
