/**
 * To be imported before everything else: a server and agents whose sessions have no keys, to measure what those cost.
 * The product has no switch for that. Works on the sources and on the bundle; says so when they look different by now.
 */
import { registerHooks } from 'node:module';

const PLACES = [
  {
    module: 'class SenderMulticastRoom',
    changes: [
      ['isAuthenticated: true', 'isAuthenticated: false'],
      ['authentication: keys.forSender()', 'authentication: undefined'],
    ],
  },
  {
    module: 'class SessionReception',
    changes: [['authentication: authenticationOf(session)', 'authentication: undefined']],
  },
];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith('file:') || loaded.source === undefined || loaded.source === null) return loaded;
    const text = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source).toString('utf8');
    const changes = PLACES.filter(({ module }) => text.includes(module)).flatMap((place) => place.changes);
    if (changes.length === 0) return loaded;
    const source = changes.reduce((changed, [from, to]) => {
      if (!changed.includes(from)) throw new Error(`${url}: no "${from}" to take the keys out of`);
      return changed.replace(from, to);
    }, text);
    return { ...loaded, source };
  },
});
