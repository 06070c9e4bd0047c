const COUNT = /^(\d+(?:\.\d+)?)(?:([kmg])(i?)(?:b|bit)?)?$/i;
const EXPONENTS: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3 };

/** 100m, 1g, 64MiB: a number with the prefix of a thousand, or of 1,024. */
export function parseCount(text: string): number {
  const match = COUNT.exec(text);
  if (match === null) throw new RangeError(`${text} is no amount: 100m, 1g, 64MiB`);
  const [, number, prefix = '', binary] = match;
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** (EXPONENTS[prefix.toLowerCase()] ?? 0));
}
