import type { Random } from '@rollcall/norm';

/** What attackers write where something else is expected. Text, for JSON can say what no value of ours prints. */
const HOSTILE: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '-0',
  '0.5',
  '1e999',
  '9007199254740993',
  '1e300',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"../../../etc/passwd"',
  '"..\\\\..\\\\x"',
  '"/etc/shadow"',
  '".."',
  `"'; DROP TABLE devices; --"`,
  '"a\\r\\nset-cookie: x=1"',
  '"__proto__"',
  '"${jndi:ldap://x}"',
  '[]',
  '{}',
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{"role":"admin"}}}',
  '{"toString":1,"length":-1}',
  JSON.stringify('x'.repeat(5000)),
  `${'['.repeat(400)}${']'.repeat(400)}`,
  `${'{"a":'.repeat(400)}1${'}'.repeat(400)}`,
];

/** Stands for a hostile text until the value around it is a text as well. */
const markOf = (hostile: number): string => `\u2063${hostile}\u2063`;
const MARKS = /"\u2063(\d+)\u2063"/g;

/** A sample is mutated thousands of times. */
const texts = new WeakMap<object, string>();

/** The text of a value in which some places are left out, repeated, moved or made hostile. */
export function mutateJson(value: unknown, random: Random): string {
  const root = JSON.parse(textOf(value)) as unknown;
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
    const places = placesOf(root);
    const place = places[random.below(places.length)];
    if (place === undefined) return HOSTILE[random.below(HOSTILE.length)]!;
    change(place, places, random);
  }
  return JSON.stringify(root).replaceAll(MARKS, (_, index) => HOSTILE[Number(index)]!);
}

function change({ holder, key }: Place, places: readonly Place[], random: Random): void {
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return;
    case 1:
      if (Array.isArray(holder)) for (let more = random.below(20); more > 0; more -= 1) holder.push(holder[0]);
      else holder[`${key}x`] = holder[key];
      return;
    case 2: {
      const other = places[random.below(places.length)]!;
      // A copy: what is moved into its own inside would have no end.
      holder[key] = JSON.parse(JSON.stringify(other.holder[other.key])) as unknown;
      return;
    }
    default:
      holder[key] = markOf(random.below(HOSTILE.length));
  }
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = texts.get(value);
  if (text === undefined) texts.set(value, (text = JSON.stringify(value)));
  return text;
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every place of a value that can hold another one, a few hundred at most. */
function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null || found.length > 200) return found;
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>;
    found.push({ holder, key });
    placesOf(holder[key], found);
  }
  return found;
}
