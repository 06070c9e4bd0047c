/** The console's places: a path in the address bar, and what it names. */
export type Place =
  | { readonly page: 'overview' | 'tasks' | 'new-task' | 'devices' | 'unknown' }
  | { readonly page: 'task' | 'device'; readonly id: string }
  | { readonly page: 'settings'; readonly section: SettingsSection };

export const SETTINGS_SECTIONS = ['join', 'multicast', 'operators', 'sign-ins', 'webhooks', 'audit'] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

export function placeOf(path: string): Place {
  const [first = '', second = '', ...more] = path.split('/').slice(1).map(decode);
  if (more.some((part) => part !== '')) return { page: 'unknown' };
  // Whoever comes to sign in, and is, is at the beginning.
  if (first === '' || first === 'sign-in') return { page: 'overview' };
  if (first === 'tasks') {
    if (second === '') return { page: 'tasks' };
    return second === 'new' ? { page: 'new-task' } : { page: 'task', id: second };
  }
  if (first === 'devices') return second === '' ? { page: 'devices' } : { page: 'device', id: second };
  if (first === 'settings') {
    const section = SETTINGS_SECTIONS.find((name) => name === second);
    if (second === '' || section !== undefined) return { page: 'settings', section: section ?? 'join' };
  }
  return { page: 'unknown' };
}

export function pathTo(place: Place): string {
  switch (place.page) {
    case 'overview':
    case 'unknown':
      return '/';
    case 'tasks':
    case 'devices':
      return `/${place.page}`;
    case 'new-task':
      return '/tasks/new';
    case 'task':
    case 'device':
      return `/${place.page}s/${encodeURIComponent(place.id)}`;
    case 'settings':
      return `/settings/${place.section}`;
  }
}

/** An address that somebody mistyped is a place that is not known, not an exception. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
