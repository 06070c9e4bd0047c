/** To be imported before everything else: a machine on which koffi is not installed, and whose engine does not know SIMD. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'koffi') throw Object.assign(new Error('no koffi here'), { code: 'MODULE_NOT_FOUND' });
    return nextResolve(specifier, context);
  },
});
// Node.js itself needs WebAssembly, to run TypeScript.
globalThis.WebAssembly.validate = () => false;
