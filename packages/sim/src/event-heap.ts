/** A binary heap of things that happen at an instant. Things of the same instant come out in the order they went in. */
export class EventHeap<Item> {
  readonly #items: { readonly at: number; readonly order: number; readonly item: Item }[] = [];
  #order = 0;

  get size(): number {
    return this.#items.length;
  }

  get nextAt(): number | undefined {
    return this.#items[0]?.at;
  }

  push(at: number, item: Item): void {
    const items = this.#items;
    const entry = { at, order: this.#order++, item };
    let index = items.length;
    items.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, items[parent]!)) break;
      items[index] = items[parent]!;
      index = parent;
    }
    items[index] = entry;
  }

  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first?.item;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child += 1;
      if (!isBefore(items[child]!, last)) break;
      items[index] = items[child]!;
      index = child;
    }
    items[index] = last;
    return first.item;
  }
}

interface Placed {
  readonly at: number;
  readonly order: number;
}

function isBefore(a: Placed, b: Placed): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
