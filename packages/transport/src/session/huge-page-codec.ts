import type { CreateFecCodec } from '@rollcall/norm';
import { createFecCodec } from '@rollcall/norm';
import { loadLibc } from '../udp/native/libc.ts';
import { MADV_HUGEPAGE, PAGE_SIZE } from '../udp/native/linux.ts';

/**
 * The codec of a session, its blocks on pages of 2 MiB where the system has such. A sender fills block after block of
 * fresh memory when it begins, and each page's first touch costs a fault: up to 16 µs under a hypervisor, four thousand
 * times, while the link waits.
 */
export const createHugePageCodec: CreateFecCodec = (options) => {
  const codec = createFecCodec(options);
  const libc = loadLibc();
  const block = codec.takeBlock();
  if (block !== undefined) {
    if (libc !== undefined) {
      const memory = new Uint8Array(block.buffer);
      const first = Math.ceil(libc.addressOf(memory) / PAGE_SIZE) * PAGE_SIZE;
      const size = libc.addressOf(memory) + memory.length - first;
      // Advice: a system that does not know it goes on with small pages.
      if (size > 0) libc.madvise(first, size, MADV_HUGEPAGE);
    }
    codec.releaseBlock(block);
  }
  return codec;
};
