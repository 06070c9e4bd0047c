import type { TreeDirectory } from './tree-directory.ts';

/**
 * Directories of a tree, each opened in its parent. Those on the way to the last one stay open: the entries of an archive
 * mostly lie beside each other.
 */
export class OpenPath implements AsyncDisposable {
  readonly #root: TreeDirectory;
  readonly #open: { readonly name: string; readonly directory: TreeDirectory }[] = [];

  constructor(root: TreeDirectory) {
    this.#root = root;
  }

  /** A directory that is there already; `''`: the tree's own. Good until the next call. */
  async directory(path: string): Promise<TreeDirectory> {
    const names = path === '' ? [] : path.split('/');
    const common = names.findIndex((name, depth) => this.#open[depth]?.name !== name);
    await this.#close(common === -1 ? names.length : common);
    for (const name of names.slice(this.#open.length)) {
      const parent = this.#open.at(-1)?.directory ?? this.#root;
      this.#open.push({ name, directory: await parent.child(name) });
    }
    return this.#open.at(-1)?.directory ?? this.#root;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close(0);
  }

  async #close(depth: number): Promise<void> {
    for (const { directory } of this.#open.splice(depth).toReversed()) await directory.close();
  }
}
