import { isRecord, isString } from '@/lib/storage';

/** What the gateway refused or could not do. `code` is stable and is what the page translates; `message` is English. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly field: string | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** No answer at all: no network, or the gateway is away. */
export const offline = (): ApiError => new ApiError('offline', 'The gateway cannot be reached', 0);

/** The error in an answer's body: OpenAI's object, or problem details; whatever else becomes the bare status. */
export function errorFromBody(body: unknown, status: number, retryAfter: string | null): ApiError {
  const wait = retryAfter === null ? Number.NaN : Number(retryAfter);
  const retryAfterSeconds = Number.isFinite(wait) ? wait : null;
  const inner = isRecord(body) && isRecord(body.error) ? body.error : body;
  const text = (key: string): string | null => {
    const value = isRecord(inner) ? inner[key] : null;
    return isString(value) ? value : null;
  };
  const message = text('message') ?? text('detail') ?? text('title') ?? `HTTP ${status}`;
  const code = text('code') ?? `http_${status}`;
  return new ApiError(code, message, status, text('param') ?? text('field'), retryAfterSeconds);
}

export async function errorFromResponse(response: Response): Promise<ApiError> {
  let body: unknown = null;
  try {
    body = await response.json();
  } catch {
    // A proxy's own page, or nothing: the status must do.
  }
  return errorFromBody(body, response.status, response.headers.get('retry-after'));
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return error instanceof TypeError ? offline() : new ApiError('page', String(error), 0);
}
