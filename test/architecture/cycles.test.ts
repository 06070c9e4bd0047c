import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveImport, sourceFiles } from './source-files.ts';

test('no file imports itself by way of others', () => {
  const graph = new Map(
    sourceFiles().map((file) => [
      file.path,
      file.imports
        .filter((imported) => imported.kind !== 'dynamic')
        .map((imported) => resolveImport(file.path, imported.specifier))
        .filter((target) => target !== undefined),
    ]),
  );
  assert.deepEqual(cycles(graph), []);
});

/** Depth first; a path that meets itself again is a cycle, told once. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) found.push([...path.slice(start), node].join(' → '));
    if (start >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}
