/** The module that wasm-mac-kernel.ts lays out the memory for and calls; mac-kernel.ts says what it is for. */
export { nh } from './nh';
export { sipHash } from './sip-hash';
