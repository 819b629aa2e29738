import type { IncomingHttpHeaders } from 'node:http';
import { ForeignOrigin } from '@ftgo/operations';

/** CORS does not apply to WebSockets: the server must reject pages of other origins itself. */
export class WebSocketOrigins {
  /** Pages of these origins may open a WebSocket, besides the gateway's own. */
  constructor(private readonly allowed: readonly string[]) {}

  /** Throws ForeignOrigin. Programs send no origin. */
  demandAllowed({ origin, host }: IncomingHttpHeaders): void {
    const allowed = [...this.allowed, `http://${host}`, `https://${host}`];
    if (origin !== undefined && !allowed.includes('*') && !allowed.includes(origin)) throw new ForeignOrigin();
  }
}
