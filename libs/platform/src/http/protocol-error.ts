/** The request violates HTTP itself and never reaches a route; the client gets `status` and `message`. */
export class ProtocolError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
    this.name = 'ProtocolError';
  }
}
