/** The API's description (OpenAPI 3.1), made of the operations of both doors. */
import swagger from '@fastify/swagger';
import { operations, type Operation } from '@rollcall/api';
import fastify from 'fastify';
import { problemsOf, schemaOf } from './register-routes.ts';

export async function describeApi(): Promise<object> {
  // An application that never listens: it only has the routes to be described.
  const app = fastify();
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => () => '');
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Rollcall', version: '1', description: 'Send once, call the roll, finish the absent.' },
      components: {
        securitySchemes: {
          operator: { type: 'http', scheme: 'bearer', description: 'An operator token' },
          device: { type: 'mutualTLS', description: "A device's certificate, on the devices' port" } as never,
        },
      },
    },
  });
  for (const operation of Object.values(operations) as Operation[]) {
    app.route({
      method: operation.method,
      url: operation.path,
      schema: {
        ...schemaOf(operation),
        tags: [operation.door],
        ...(operation.door === 'open' ? {} : { security: [{ [operation.door]: [] }] }),
      },
      handler: async () => undefined,
    });
  }
  await app.ready();
  const description = app.swagger() as unknown as { paths: Record<string, Record<string, { responses: object }>> };
  for (const operation of Object.values(operations) as Operation[]) {
    const path = operation.path.replace(/:([A-Za-z]+)/g, '{$1}');
    Object.assign(description.paths[path]![operation.method.toLowerCase()]!.responses, problemsOf(operation));
  }
  await app.close();
  return description;
}
