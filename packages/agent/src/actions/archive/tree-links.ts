/**
 * Tells whether symlinks of a tree lead out of it, wherever the tree is put.
 *
 * Comparing names is not enough: through another symlink `..` leads to the parent of where that one points. So a
 * target is followed as the kernel would follow it, over all symlinks of the tree at once.
 */
export class TreeLinks {
  readonly #targets = new Map<string, string>();

  add(path: string, target: string): void {
    this.#targets.set(path, target);
  }

  delete(path: string): void {
    this.#targets.delete(path);
  }

  /** The symlinks, in order of their paths. */
  entries(): [path: string, target: string][] {
    return [...this.#targets].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Whether following this symlink leaves the tree. One that leads nowhere, or in a circle, stays inside. */
  leadsOut(path: string): boolean {
    const place = path.split('/').slice(0, -1);
    const waiting = names(this.#targets.get(path) ?? '');
    if (this.#targets.get(path)?.startsWith('/') === true) return true;
    for (let followed = 0; waiting.length > 0;) {
      const name = waiting.shift();
      if (name === undefined) return false;
      if (name === '..') {
        if (place.pop() === undefined) return true;
        continue;
      }
      const target = this.#targets.get([...place, name].join('/'));
      if (target === undefined) {
        place.push(name);
        continue;
      }
      if (target.startsWith('/')) return true;
      followed += 1;
      if (followed > linksFollowedMax) return false;
      waiting.unshift(...names(target));
    }
    return false;
  }
}

function names(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** As many as the kernel follows before it says ELOOP. */
const linksFollowedMax = 40;
