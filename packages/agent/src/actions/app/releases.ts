import { readFile, readdir, readlink, rename, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errorCode, makeDirectory, removeFileDurably, syncDirectory, writeFileDurably } from '../../storage/durable.ts';
import { removeTree } from '../../storage/remove-tree.ts';

/** The releases of one application on this device: `releases/<version>` and the symlink `current` to one of them. */
export class Releases {
  readonly directory: string;
  readonly #app: string;
  readonly #current: string;
  readonly #order: string;
  readonly #digests: string;

  constructor(dataDirectory: string, app: string) {
    this.#app = join(dataDirectory, 'apps', app);
    this.directory = join(this.#app, 'releases');
    this.#current = join(this.#app, 'current');
    this.#order = join(this.#app, 'order.json');
    this.#digests = join(this.#app, 'digests.json');
  }

  path(version: string): string {
    return join(this.directory, version);
  }

  async make(): Promise<void> {
    await makeDirectory(this.directory);
  }

  async has(version: string): Promise<boolean> {
    return stat(this.path(version)).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
  }

  /** The installed version: the one that `current` leads to. */
  async current(): Promise<string | undefined> {
    try {
      const version = basename(await readlink(this.#current));
      return (await this.has(version)) ? version : undefined;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** SHA-256 of the package that a release was unpacked from; undefined: it was before that was noted. */
  async digestOf(version: string): Promise<string | undefined> {
    const digests = await this.#readDigests();
    // A version may be named like what every object has.
    return Object.hasOwn(digests, version) ? digests[version] : undefined;
  }

  async noteDigest(version: string, sha256: string): Promise<void> {
    await writeFileDurably(this.#digests, JSON.stringify({ ...(await this.#readDigests()), [version]: sha256 }));
  }

  /** Swaps `current` in one step; without a version there is none any more. */
  async setCurrent(version: string | undefined): Promise<void> {
    if (version === undefined) return removeFileDurably(this.#current);
    const beside = `${this.#current}.new`;
    await removeFileDurably(beside);
    await symlink(join('releases', version), beside);
    await rename(beside, this.#current);
    await syncDirectory(this.#app);
  }

  /** Notes that a version became current, and removes all but the `keep` that were current last. */
  async keepLast(keep: number, version: string): Promise<void> {
    const order = [...(await this.#readOrder()).filter((known) => known !== version), version];
    const kept = order.slice(-Math.max(1, keep));
    await writeFileDurably(this.#order, JSON.stringify(kept));
    const digests = Object.entries(await this.#readDigests()).filter(([known]) => kept.includes(known));
    await writeFileDurably(this.#digests, JSON.stringify(Object.fromEntries(digests)));
    for (const name of await readdir(this.directory)) {
      if (!name.startsWith('.') && !kept.includes(name)) await removeTree(this.path(name));
    }
  }

  async #readOrder(): Promise<string[]> {
    return readJson<string[]>(this.#order, []);
  }

  async #readDigests(): Promise<Readonly<Record<string, string>>> {
    return readJson<Record<string, string>>(this.#digests, {});
  }
}

async function readJson<Value>(path: string, missing: Value): Promise<Value> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Value;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return missing;
    throw error;
  }
}
