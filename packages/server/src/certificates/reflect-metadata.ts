/**
 * The three functions of the metadata proposal that @peculiar/x509's container (tsyringe) looks for when it is loaded.
 * It asks for constructor parameters' types, which only a compiler with decorators would record.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>();

const proposal = {
  defineMetadata(key: unknown, value: unknown, target: object): void {
    const ofTarget = metadata.get(target) ?? new Map<unknown, unknown>();
    metadata.set(target, ofTarget.set(key, value));
  },
  getOwnMetadata: (key: unknown, target: object): unknown => metadata.get(target)?.get(key),
  getMetadata(key: unknown, target: object): unknown {
    for (let owner: object | null = target; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
      const ofOwner = metadata.get(owner);
      if (ofOwner?.has(key) === true) return ofOwner.get(key);
    }
    return undefined;
  },
};

for (const [name, value] of Object.entries(proposal)) {
  if (!Object.hasOwn(Reflect, name)) Object.defineProperty(Reflect, name, { value, configurable: true });
}
