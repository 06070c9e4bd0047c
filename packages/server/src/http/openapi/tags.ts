/** The chapters of the API's description, by the path's first word. */
const TAGS: Readonly<Record<string, readonly [name: string, description: string]>> = {
  tasks: ['Tasks', 'What is done on which devices, and how it stands.'],
  targets: ['Tasks', ''],
  contents: ['Content', 'What a task carries.'],
  uploads: ['Content', ''],
  devices: ['Devices', 'The devices, their names, labels and presence.'],
  'join-tokens': ['Join tokens', 'What lets a device join.'],
  join: ['Join tokens', ''],
  operators: ['Operators', 'Who may do what.'],
  'sign-ins': ['Operators', ''],
  'sign-in-links': ['Operators', ''],
  'sign-in-ways': ['Operators', ''],
  reachability: ['Devices', ''],
  probes: ['Devices', ''],
  audit: ['Audit', 'Who did what.'],
  events: ['Events', 'What happens, as it happens.'],
  webhooks: ['Webhooks', 'What happens, told to others.'],
  trust: ['Trust', 'How a client knows that this is the server of its token.'],
  device: ['Device channel', 'What agents say to their server, on a port of its own.'],
};

const OTHERS = ['Server', 'The server itself.'] as const;

export function tagOf(path: string): string {
  return (TAGS[path.split('/')[2] ?? ''] ?? OTHERS)[0];
}

/** Those that are used, with what they are about. */
export function describeTags(used: ReadonlySet<string>): object[] {
  const described = [...Object.values(TAGS), OTHERS].filter(([name, text]) => used.has(name) && text !== '');
  return described.map(([name, description]) => ({ name, description }));
}
