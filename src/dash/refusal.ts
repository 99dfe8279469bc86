/** A request that is not answered: a status of HTTP, and why in words. */
export class Refusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 414 | 415 | 503;

  constructor(status: Refusal['status'], reason: string) {
    super(reason);
    this.status = status;
  }
}
