/** The request breaks HTTP itself, before a route has seen it; the client gets `status` and `message`. */
export class ProtocolError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
    this.name = 'ProtocolError';
  }
}
