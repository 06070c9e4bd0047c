/** Two thirds of its life: a third is left for a device that is off, or a server that is away. */
export function renewalDueAt({
  notBefore,
  notAfter,
}: {
  readonly notBefore: number;
  readonly notAfter: number;
}): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}
