/**
 * A command that is not carried out, answered in one place (dispatch.ts) with `NO` (it cannot be done) or `BAD`
 * (it cannot be understood), and a response code (RFC 5530) where one fits.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 'NO' | 'BAD';
  readonly code: string | null;
  constructor(status: 'NO' | 'BAD', text: string, code: string | null = null) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

export function bad(text: string): Refusal {
  return new Refusal('BAD', text);
}

export function no(text: string, code: string | null = null): Refusal {
  return new Refusal('NO', text, code);
}
