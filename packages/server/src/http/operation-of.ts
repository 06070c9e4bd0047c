import type { FastifyRequest } from 'fastify';

/** The operation that a request is for; what is none has the name of its route, and what is nothing here is `unknown`. */
export function operationOf(request: FastifyRequest): string {
  const { schema, url } = request.routeOptions;
  const { operationId } = (schema ?? {}) as { readonly operationId?: string };
  return (
    operationId ??
    (url === undefined ? 'unknown' : (url.split('/').find((part) => /^(?!v1$)\w/.test(part)) ?? 'unknown'))
  );
}
