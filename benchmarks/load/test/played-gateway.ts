import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the gateway does with a request: undefined to respond as FTGO does. */
export type Plan = (
  request: string,
  nth: number,
) => { readonly status: number; readonly code?: string } | 'reset' | 'never-ends' | 'rejects' | undefined;

interface PlayedOrder {
  readonly consumerId: number;
  readonly transitions: Array<{ event: string; at: string }>;
  state: string;
  deliveryStatus: string;
  rejection?: { code: string; detail: string };
}

/** Plays the gateway with orders that are approved at once, except for what a plan says. */
export class PlayedGateway {
  readonly orders = new Map<number, PlayedOrder>();
  /** How often each request was received; ids are replaced by {id}. */
  readonly received = new Map<string, number>();
  /** The distinct Authorization headers of the requests. */
  readonly authorizations = new Set<string | undefined>();
  /** Held back until it resolves. */
  beforeOrder: () => Promise<void> = () => Promise.resolve();
  plan: Plan = () => undefined;
  /** What the comparison of the services finds. */
  invariants: object = { violations: [], unknown: [], notes: [] };
  private ids = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.handle(request, response));
  }

  static async start(): Promise<PlayedGateway> {
    const gateway = new PlayedGateway();
    await new Promise<void>((resolve) => gateway.server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    this.authorizations.add(request.headers.authorization);
    const url = new URL(request.url ?? '', this.url);
    const what = `${request.method} ${url.pathname.replaceAll(/\d+/g, '{id}')}${url.searchParams.has('consumerId') ? '?consumerId=' : ''}`;
    const nth = (this.received.get(what) ?? 0) + 1;
    this.received.set(what, nth);
    const planned = this.plan(what, nth);
    if (planned === 'reset') return void request.socket.destroy();
    if (what === 'POST /orders') await this.beforeOrder();
    if (typeof planned === 'object') return respond(response, planned.status, planned.code ? JSON.stringify(planned) : 'Bad gateway');
    respond(response, 200, JSON.stringify(this.answer(what, url, text, planned)));
  }

  private answer(what: string, url: URL, text: string, fate: ReturnType<Plan>): object {
    const id = Number(/\d+/.exec(url.pathname)?.[0]);
    const order = this.orders.get(id);
    if (order) return this.answerAbout(order, what);
    if (what === 'GET /operations/invariants') return this.invariants;
    if (what === 'POST /consumers') return { consumerId: ++this.ids };
    if (what === 'POST /restaurants') return { id: ++this.ids };
    if (what === 'POST /orders') return { orderId: this.place(JSON.parse(text) as { consumerId: number }, fate) };
    if (what === 'GET /orders?consumerId=') return { orders: this.history(Number(url.searchParams.get('consumerId'))), startKey: null };
    return {};
  }

  private answerAbout(order: PlayedOrder, what: string): object {
    if (what === 'POST /orders/{id}/cancel') note(order, 'CANCELLED', 'OrderCancelled');
    if (what === 'POST /orders/{id}/revise') note(order, 'APPROVED', 'OrderRevised');
    if (what === 'POST /tickets/{id}/accept') order.deliveryStatus = 'SCHEDULED';
    if (what === 'POST /tickets/{id}/ready') note(order, order.state, 'TicketPreparationCompleted');
    return { orderInfo: { state: order.state, rejection: order.rejection } };
  }

  private place({ consumerId }: { consumerId: number }, fate: ReturnType<Plan>): number {
    const order: PlayedOrder = { consumerId, state: 'APPROVAL_PENDING', deliveryStatus: 'PENDING', transitions: [] };
    this.orders.set(++this.ids, order);
    if (fate === 'rejects') {
      order.rejection = { code: 'CREDIT_LIMIT_EXCEEDED', detail: 'too much' };
      note(order, 'REJECTED', 'OrderRejected');
    } else if (fate !== 'never-ends') note(order, 'APPROVED', 'OrderAuthorized');
    return this.ids;
  }

  private history(consumerId: number): object[] {
    return [...this.orders]
      .filter(([, order]) => order.consumerId === consumerId)
      .map(([id, { state, deliveryStatus, transitions }]) => ({ orderId: String(id), status: state, deliveryStatus, transitions }));
  }
}

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function note(order: PlayedOrder, state: string, event: string): void {
  order.state = state;
  order.transitions.push({ event, at: new Date().toISOString().replace('Z', '') });
}
