/** Makes a thing when it is asked for first, and keeps it: what few ask for must not make every start longer. */
export function once<Made>(make: () => Made): () => Made {
  let made: { readonly value: Made } | undefined;
  return () => (made ??= { value: make() }).value;
}
