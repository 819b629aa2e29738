/** A value that violates the contract; `path` is the field, such as `lineItems[0].price`. */
export class InvalidPayload extends Error {
  constructor(
    readonly typeName: string,
    readonly path: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`invalid ${typeName}: ${path === '' ? problem : `${path} ${problem}`}`, options);
    this.name = 'InvalidPayload';
  }
}

/** The problem of a single value; its path is added while the error propagates. */
export class Mismatch extends Error {
  constructor(
    readonly problem: string,
    readonly path = '',
  ) {
    super(problem);
  }

  at(step: string): Mismatch {
    return new Mismatch(this.problem, this.path === '' || this.path.startsWith('[') ? step + this.path : `${step}.${this.path}`);
  }
}
