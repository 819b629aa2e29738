/** A value that is not what the contract says; `path` names the field, `lineItems[0].price`. */
export class InvalidPayload extends Error {
  constructor(
    readonly typeName: string,
    readonly path: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`no ${typeName}: ${path === '' ? problem : `${path} ${problem}`}`, options);
    this.name = 'InvalidPayload';
  }
}

/** What is wrong with one value; where it stands is added on the way up. */
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
