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

const MARK = '"\u2063mutated\u2063"';

/** The text of a value in which some places are left out, repeated, moved or made hostile. */
export function mutateJson(value: unknown, random: Random): string {
  let current = JSON.stringify(value);
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(current);
    } catch {
      break;
    }
    const places = placesOf(parsed);
    const place = places[random.below(places.length)];
    if (place === undefined) return HOSTILE[random.below(HOSTILE.length)]!;
    const { holder, key } = place;
    const hostile = HOSTILE[random.below(HOSTILE.length)]!;
    switch (random.below(6)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete holder[key];
        current = JSON.stringify(parsed);
        break;
      case 1:
        if (Array.isArray(holder)) for (let more = random.below(20); more > 0; more -= 1) holder.push(holder[0]);
        else holder[`${key}x`] = holder[key];
        current = JSON.stringify(parsed);
        break;
      case 2: {
        const other = places[random.below(places.length)]!;
        holder[key] = structuredClone(other.holder[other.key]);
        current = JSON.stringify(parsed);
        break;
      }
      default:
        holder[key] = JSON.parse(MARK);
        current = JSON.stringify(parsed).replace(MARK, () => hostile);
    }
  }
  return current;
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
