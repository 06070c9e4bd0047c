/**
 * Every error of the API: a stable code, its HTTP status, and the title of its problem details (RFC 9457 §3.1).
 * Clients decide by the code; the detail says what was wrong with this request and what to do.
 */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_cursor: { status: 400, title: 'The cursor is not of this list' },
  invalid_selector: { status: 400, title: 'The target selector is not valid' },
  no_targets: { status: 422, title: 'No device matches the target selector' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  link_void: { status: 401, title: 'The sign-in link is not good any more' },
  provider_refused: { status: 401, title: 'The identity provider did not confirm who this is' },
  cross_site: { status: 403, title: 'The request does not come from a page of this server' },
  not_allowed: { status: 403, title: 'The role does not allow this' },
  no_role: { status: 403, title: 'None of your groups has a role here' },
  device_removed: { status: 403, title: 'This device was removed' },
  device_pending: { status: 403, title: 'This device waits for approval' },
  certificate_expired: { status: 403, title: "The device's certificate has expired: renew it" },
  certificate_void: { status: 403, title: "The device's certificate is not accepted any more" },
  token_used_up: { status: 403, title: 'The join token is used up, expired or revoked' },
  token_unknown: { status: 403, title: 'The join token is not known' },
  not_found: { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'The present state does not allow this' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  idempotency_key_in_use: { status: 409, title: 'A request with this idempotency key is being answered' },
  precondition_failed: { status: 412, title: 'It has changed since it was read' },
  webhook_refused: { status: 422, title: 'Webhooks do not go there' },
  name_taken: { status: 409, title: 'The name is taken' },
  already_connected: { status: 409, title: 'This identity is connected already' },
  upload_incomplete: { status: 409, title: 'The upload is not complete' },
  content_in_use: { status: 409, title: 'The content is in use' },
  protocol_unsupported: { status: 426, title: 'Agent and server have no protocol version in common' },
  too_large: { status: 413, title: 'The request is too large' },
  range_not_satisfiable: { status: 416, title: 'The range lies outside the content' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  slot_required: { status: 429, title: 'No completion slot is held for this content' },
  no_space: { status: 507, title: 'The server has no space left' },
  internal: { status: 500, title: 'The server made an error' },
  provider_unavailable: { status: 503, title: 'The identity provider does not answer' },
  unavailable: { status: 503, title: 'The server is not ready' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong with a delivery, as devices and server report it. A stable code and a sentence for people. */
export interface DeliveryError {
  readonly code: string;
  readonly message: string;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** RFC 9457 problem details, with our code. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
}

export function problemDetails(code: ProblemCode, detail: string): ProblemDetails {
  return { type: `urn:rollcall:problem:${code}`, ...PROBLEMS[code], code, detail };
}
