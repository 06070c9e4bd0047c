/**
 * A state machine as a table: which state may follow which, and who moves it.
 *
 * An illegal move is an answer, not an exception: reports come from other machines and may be late, repeated or wrong.
 * The documentation's picture is drawn from the same table by `toMermaid`.
 */
export interface Transition<State extends string, Cause extends string> {
  readonly from: State;
  readonly to: State;
  readonly cause: Cause;
}

export interface Transitions<State extends string, Cause extends string> {
  readonly initial: State;
  readonly states: readonly State[];
  readonly list: readonly Transition<State, Cause>[];
  allows(from: State, to: State, cause: Cause): boolean;
  isTerminal(state: State): boolean;
  toMermaid(): string;
}

export function defineTransitions<const State extends string, const Cause extends string>(definition: {
  readonly initial: State;
  readonly terminal: readonly State[];
  readonly moves: { readonly [From in State]: { readonly [C in Cause]?: readonly State[] } };
}): Transitions<State, Cause> {
  const states = Object.keys(definition.moves) as State[];
  const list: Transition<State, Cause>[] = [];
  for (const from of states) {
    const byCause = definition.moves[from];
    for (const cause of Object.keys(byCause) as Cause[]) {
      for (const to of byCause[cause] ?? []) list.push({ from, to, cause });
    }
  }
  const legal = new Set(list.map((move) => `${move.from}>${move.to}>${move.cause}`));
  return {
    initial: definition.initial,
    states,
    list,
    allows: (from, to, cause) => legal.has(`${from}>${to}>${cause}`),
    isTerminal: (state) => definition.terminal.includes(state),
    toMermaid: () => mermaid(definition.initial, definition.terminal, list),
  };
}

function mermaid<State extends string, Cause extends string>(
  initial: State,
  terminal: readonly State[],
  list: readonly Transition<State, Cause>[],
): string {
  const causes = new Map<string, Cause[]>();
  for (const { from, to, cause } of list) {
    const edge = `${from} --> ${to}`;
    causes.set(edge, [...(causes.get(edge) ?? []), cause]);
  }
  const lines = ['stateDiagram-v2', `  [*] --> ${initial}`];
  for (const [edge, names] of causes) lines.push(`  ${edge} : ${names.join(', ')}`);
  for (const state of terminal) lines.push(`  ${state} --> [*]`);
  return `${lines.join('\n')}\n`;
}
