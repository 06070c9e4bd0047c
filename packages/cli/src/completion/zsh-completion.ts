/** Completion for zsh: as bash's, and with what each word means. */
import { everyDescribed, type DescribedCommand, type DescribedOption, type ValueKind } from './describe-commands.ts';
import { quote } from './quote.ts';

export function zshCompletion(program: DescribedCommand): string {
  const all = everyDescribed(program);
  const walks = all
    .filter(({ path }) => path.length > 1)
    .map(({ path }) => `      ${quote(path.join(' '))}) at=$next ;;`);
  return `#compdef rollcall
# zsh completion for rollcall, made by "rollcall completion zsh".
_rollcall_values() {
  local -a found
  local id name
  while IFS=$'\\t' read -r id name; do
    found+=("\${id//:/\\\\:}:$name")
  done < <(rollcall completion values "$1" "\${words[@]}" 2>/dev/null)
  _describe "$1" found
}
_rollcall() {
  local at=rollcall next word previous=\${words[CURRENT-1]}
  local -a choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="$at $word"
    case $next in
${walks.join('\n')}
    esac
  done
  case $at in
${all.map((command) => commandCase(command)).join('\n')}
  esac
}
if [[ \${funcstack[1]} == _rollcall ]]; then _rollcall "$@"; else compdef _rollcall rollcall; fi
`;
}

function commandCase({ path, commands, options, arguments: given }: DescribedCommand): string {
  const ofValues = options
    .filter(({ value }) => value !== undefined)
    .map((option) => `        ${option.names.join('|')}) ${valueOf(option)}; return ;;`);
  const words = commands.map((command) => entry(command.path.at(-1)!, command.description));
  const flags = options.map(({ names, description }) => entry(names[0]!, description));
  const kind = given[0]?.value;
  const plain = words.length > 0 || kind === undefined ? describe('command', words) : completeKind(kind);
  return [
    `    ${quote(path.join(' '))})`,
    ...(ofValues.length === 0 ? [] : ['      case $previous in', ...ofValues, '      esac']),
    `      if [[ \${words[CURRENT]} == -* ]]; then ${describe('option', flags)}; else ${plain}; fi`,
    '      ;;',
  ].join('\n');
}

function valueOf({ value, choices }: DescribedOption): string {
  return choices.length > 0 ? describe('value', choices) : completeKind(value!);
}

function describe(what: string, entries: readonly string[]): string {
  return entries.length === 0 ? ':' : `choices=(${entries.map(quote).join(' ')}); _describe ${what} choices`;
}

/** `word:what it means`, where a colon in the word itself is escaped. */
function entry(word: string, meaning: string): string {
  return `${word.replaceAll(':', '\\:')}:${meaning}`;
}

function completeKind(kind: ValueKind): string {
  switch (kind) {
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
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
