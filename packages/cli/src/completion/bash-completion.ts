/** Completion for bash: a case for each command, walked to by the words that are there already. */
import { everyDescribed, type DescribedCommand, type DescribedOption, type ValueKind } from './describe-commands.ts';
import { quote } from './quote.ts';

export function bashCompletion(program: DescribedCommand): string {
  const all = everyDescribed(program);
  const walks = all
    .filter(({ path }) => path.length > 1)
    .map(({ path }) => `      ${quote(path.join(' '))}) at=$next ;;`);
  const cases = all.map((command) => commandCase(command));
  return `# bash completion for rollcall, made by "rollcall completion bash".
_rollcall_values() {
  local value
  # Not compgen -W, which would expand them: they are a server's words, and nobody's commands.
  while IFS= read -r value; do
    if [[ $value == "$cur"* ]]; then COMPREPLY+=("$value"); fi
  done < <(rollcall completion values "$1" "\${COMP_WORDS[@]}" 2>/dev/null | cut -f1)
}
_rollcall() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} at=rollcall next index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    next="$at \${COMP_WORDS[index]}"
    case $next in
${walks.join('\n')}
    esac
  done
  case $at in
${cases.join('\n')}
  esac
}
complete -F _rollcall rollcall
`;
}

function commandCase({ path, commands, options, arguments: given }: DescribedCommand): string {
  const ofValues = options
    .filter(({ value }) => value !== undefined)
    .map((option) => `        ${option.names.join('|')}) ${valueOf(option)}; return ;;`);
  const words = commands.map((command) => command.path.at(-1)!);
  const names = options.map(({ names }) => names[0]!);
  const kind = given[0]?.value;
  const plain = words.length > 0 || kind === undefined ? wordsOf(words) : completeKind(kind);
  return [
    `    ${quote(path.join(' '))})`,
    ...(ofValues.length === 0 ? [] : ['      case $previous in', ...ofValues, '      esac']),
    `      if [[ $cur == -* ]]; then ${wordsOf(names)}; else ${plain}; fi`,
    '      ;;',
  ].join('\n');
}

function valueOf({ value, choices }: DescribedOption): string {
  return choices.length > 0 ? wordsOf(choices) : completeKind(value!);
}

function wordsOf(words: readonly string[]): string {
  return words.length === 0 ? ':' : `COMPREPLY=($(compgen -W ${quote(words.join(' '))} -- "$cur"))`;
}

function completeKind(kind: ValueKind): string {
  switch (kind) {
    case 'file':
      return 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))';
    case 'folder':
      return 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))';
    case 'task':
      return '_rollcall_values tasks';
    case 'device':
      return '_rollcall_values devices';
    case 'webhook':
      return '_rollcall_values webhooks';
    case 'text':
      return ':';
  }
}
