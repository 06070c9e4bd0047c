/** The API's description as a page for people. Made on the server: it needs no script, and no other host. */
import { html, Html } from './html.ts';
import { typeOfSchema, type ReadSchema } from './type-of-schema.ts';

interface ReadContent {
  readonly schema: ReadSchema;
  readonly example?: unknown;
}

interface ReadOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description: string;
    readonly schema: ReadSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, ReadContent>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, ReadContent>> }>
  >;
}

export interface ReadDescription {
  readonly info: { readonly title: string; readonly summary: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ReadOperation>>>>;
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, ReadOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ReadSchema>> };
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: ReadOperation;
}

export function renderDocs({ info, tags, paths, webhooks, components }: ReadDescription, styleUrl: string): string {
  const addressed = [
    ...Object.entries(paths),
    ...Object.values(webhooks).map((methods) => ['to the address of a webhook', methods] as const),
  ];
  const places = addressed.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const chapters = tags.map((tag) => ({
    ...tag,
    places: places.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title}: the API</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${styleUrl}" />
      </head>
      <body>
        <nav aria-label="Operations">
          <a class="title" href="#top">${info.title}</a>
          ${chapters.map(
            (chapter) =>
              html`<h2>${chapter.name}</h2>
                <ul>
                  ${chapter.places.map(
                    ({ operation }) => html`<li><a href="#${operation.operationId}">${operation.operationId}</a></li>`,
                  )}
                </ul>`,
          )}
          <h2><a href="#schemas">Schemas</a></h2>
        </nav>
        <main id="top">
          <h1>${info.title}: the API</h1>
          <p>${info.summary}</p>
          ${info.description.split('\n\n').map((paragraph) => html`<p>${paragraph}</p>`)}
          <p>The same for programs: <a href="/v1/openapi.json">/v1/openapi.json</a> (OpenAPI 3.1).</p>
          ${chapters.map(
            (chapter) =>
              html`<section>
                <h2>${chapter.name}</h2>
                <p>${chapter.description}</p>
                ${chapter.places.map(operationOf)}
              </section>`,
          )}
          <section id="schemas">
            <h2>Schemas</h2>
            ${Object.entries(components.schemas).map(
              ([name, schema]) =>
                html`<details id="schema-${name}" open>
                  <summary>${name}</summary>
                  <pre>${typeOfSchema(schema)}</pre>
                </details>`,
            )}
          </section>
        </main>
      </body>
    </html> `;
  return page.text;
}

function operationOf({ path, method, operation }: Place): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  return html`<details id="${operationId}" open>
    <summary><b class="${method.toLowerCase()}">${method}</b> <code>${path}</code> <span>${summary}</span></summary>
    <p>${description}</p>
    ${parameters.length === 0 ? html`` : parametersOf(parameters)}
    ${
      requestBody === undefined
        ? html``
        : html`<h4>Body</h4>
            ${contentOf(requestBody.content)}`
    }
    ${Object.entries(responses).map(
      ([status, response]) =>
        html`<h4>${status}</h4>
          <p>${response.description}</p>
          ${Number(status) < 300 ? contentOf(response.content ?? {}) : html``}`,
    )}
  </details>`;
}

function parametersOf(parameters: NonNullable<ReadOperation['parameters']>): Html {
  return html`<table>
    <thead>
      <tr>
        <th>Parameter</th>
        <th>in</th>
        <th>type</th>
        <th></th>
      </tr>
    </thead>
    <tbody>
      ${parameters.map(
        ({ name, in: where, required = false, description, schema }) =>
          html`<tr>
            <td><code>${name}</code>${required ? ' *' : ''}</td>
            <td>${where}</td>
            <td><code>${typeOfSchema(schema)}</code></td>
            <td>${description}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function contentOf(content: Readonly<Record<string, ReadContent>>): Html {
  const parts = Object.entries(content).map(
    ([media, { schema, example }]) =>
      html`<p class="media">${media}</p>
        <pre>${typeOfSchema(schema)}</pre>
        ${example === undefined ? html`` : html`<pre class="example">${JSON.stringify(example, undefined, 2)}</pre>`}`,
  );
  return html`${parts}`;
}
