/**
 * The little of WebAssembly that the kernel needs. The types are here because this package compiles with the language's
 * own library only, where no engine interface has a name.
 */
export interface WebAssemblyApi {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => WebAssemblyModule;
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WebAssemblyMemory;
  readonly Instance: new (
    module: WebAssemblyModule,
    imports: { readonly env: { readonly memory: WebAssemblyMemory } },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** Compiled code. */
export type WebAssemblyModule = object;

export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

export const WEB_ASSEMBLY_PAGE_SIZE = 65_536;

/** What the engine has; null where it has none. */
export function webAssembly(): WebAssemblyApi | null {
  return (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly ?? null;
}
