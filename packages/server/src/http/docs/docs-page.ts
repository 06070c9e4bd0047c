/** `/v1/docs`: the API's description for people. */
import type { FastifyInstance } from 'fastify';
import { once } from '../once.ts';
import { renderDocs, type ReadDescription } from './render-docs.ts';

export function registerDocsPage(app: FastifyInstance, description: () => object): void {
  const page = once(() => renderDocs(description() as ReadDescription, STYLE_PATH));
  app.get(PATH, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(page()),
  );
  app.get(STYLE_PATH, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600').send(STYLE),
  );
}

const PATH = '/v1/docs';
const STYLE_PATH = '/v1/docs.css';

const POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d9dde3, #30363d); --soft: light-dark(#f5f6f8, #161b22);
  --text: light-dark(#1c2128, #e6edf3); --link: light-dark(#0550ae, #79b8ff); }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); color: var(--text);
  background: light-dark(#fff, #0d1117); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); }
nav h2 { margin: 1rem 0 .25rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .04em; }
nav ul { margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: .1rem 0; text-decoration: none; }
nav .title { font-weight: 700; font-size: 1.1rem; }
main { padding: 1rem 2rem 4rem; max-width: 70rem; }
details { margin: .75rem 0; border: 1px solid var(--line); border-radius: 6px; padding: 0 1rem; }
details:target { outline: 2px solid var(--link); }
summary { cursor: pointer; padding: .6rem 0; font-weight: 600; }
summary span { font-weight: 400; }
summary b { display: inline-block; min-width: 4.5rem; }
.get { color: light-dark(#0550ae, #79b8ff); } .post { color: light-dark(#116329, #7ee787); }
.patch { color: light-dark(#7d4e00, #f2cc60); } .delete { color: light-dark(#a40e26, #ff7b72); }
pre { overflow: auto; white-space: pre-wrap; padding: .75rem; background: var(--soft); border-radius: 4px; font-size: 13px; }
.words { color: light-dark(#59636e, #9198a1); }
pre.example { border-left: 3px solid var(--line); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line); }
td code { white-space: pre-wrap; } h4 { margin: 1rem 0 .25rem; } .media { margin: .25rem 0; font-size: 13px; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
`;
