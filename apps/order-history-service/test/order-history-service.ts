import { OrderHistoryServiceApi } from '@ftgo/contracts/orderhistory';
import type { Broker } from '@ftgo/messaging/broker';
import { createService, Database } from '@ftgo/platform';
import { GrpcServer } from '@ftgo/rpc';
import { eventually } from '@ftgo/testing';
import { expect } from 'vitest';
import { AppModule, service } from '../src/app.module.js';
import { orderHistoryDatabase } from './order-history.database.js';
import { type PlayedEvent, recordOf } from './played-events.js';

export interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: Record<string, unknown>;
}

export interface TimelineRow {
  readonly n: number;
  readonly event: string;
  readonly source: string;
  readonly sequence: number;
  readonly details: unknown;
}

/** order-history-service in this process, with a database of its own; the services that it listens to are played. */
export interface OrderHistoryServiceUnderTest {
  readonly grpcUrl: string;
  readonly database: Database;
  readonly databaseUrl: string;
  /** The services that it listens to tell of these events, in this order. */
  happened(...events: readonly PlayedEvent[]): Promise<void>;
  get(path: string): Promise<Answer>;
  timeline(orderId: number): Promise<TimelineRow[]>;
  close(): Promise<void>;
}

/** The broker is the service's; `others` is another client of the same one. */
export async function startOrderHistoryService(broker: Broker, others: Broker): Promise<OrderHistoryServiceUnderTest> {
  const testDatabase = await orderHistoryDatabase();
  const config = { httpPort: 0, httpHost: '127.0.0.1', logLevel: 'error', grpcPort: 0, databaseUrl: testDatabase.url } as const;
  const app = await createService(AppModule.forRoot({ ...config, kafkaBrokers: [] }, broker), { name: service, logLevel: 'error' });
  const grpc = new GrpcServer({ services: [OrderHistoryServiceApi], port: 0 });
  app.connectMicroservice({ strategy: grpc });
  await app.startAllMicroservices();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = await app.getUrl();
  const database = app.get(Database);

  const get = async (path: string): Promise<Answer> => {
    const response = await fetch(`${url}${path}`);
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    return { status: response.status, contentType, body: (contentType?.includes('json') ? JSON.parse(text) : { text }) as Answer['body'] };
  };
  await eventually(async () => expect((await get('/health/ready')).body).toMatchObject({ status: 'up' }));

  return {
    grpcUrl: `127.0.0.1:${grpc.port}`,
    database,
    databaseUrl: testDatabase.url,
    happened: (...events) => others.publish(events.map(recordOf)),
    get,
    timeline: (orderId) =>
      database.query<TimelineRow>('SELECT n, event, source, sequence, details FROM order_timeline WHERE order_id = $1 ORDER BY n', [
        orderId,
      ]),
    close: async () => {
      await app.close();
      await others.close();
      await testDatabase.drop();
    },
  };
}
