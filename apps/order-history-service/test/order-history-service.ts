import { OrderHistoryServiceApi } from '@ftgo/contracts/orderhistory';
import type { Broker } from '@ftgo/messaging/broker';
import type { TestDatabase } from '@ftgo/testing';
import { eventRecord, launch, ServiceInProcess, serviceConfig } from '@ftgo/testing/services';
import { AppModule, service } from '../src/app.module.js';
import { orderHistoryDatabase } from './order-history.database.js';
import type { PlayedEvent } from './played-events.js';

export interface TimelineRow {
  readonly n: number;
  readonly event: string;
  readonly source: string;
  readonly sequence: number;
  readonly details: unknown;
}

/** order-history-service with its own database; the services whose events it handles are played by the test. */
export class OrderHistoryServiceUnderTest extends ServiceInProcess {
  constructor(
    launched: ConstructorParameters<typeof ServiceInProcess>[0],
    private readonly testDatabase: TestDatabase,
    private readonly others: Broker,
  ) {
    super(launched);
  }

  get databaseUrl(): string {
    return this.testDatabase.url;
  }

  /** Publishes these events in this order. Each call creates new messages. */
  publish(...events: readonly PlayedEvent[]): Promise<void> {
    return this.others.publish(events.map(eventRecord));
  }

  timeline(orderId: number): Promise<TimelineRow[]> {
    return this.database.query('SELECT n, event, source, sequence, details FROM order_timeline WHERE order_id = $1 ORDER BY n', [orderId]);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.others.close();
    await this.testDatabase.drop();
  }
}

/** The broker of the service; `others` is another client of the same broker. */
export async function startOrderHistoryService(broker: Broker, others: Broker): Promise<OrderHistoryServiceUnderTest> {
  const testDatabase = await orderHistoryDatabase();
  const module = AppModule.forRoot(serviceConfig(testDatabase.url), broker);
  const launched = await launch({ name: service, api: OrderHistoryServiceApi, module });
  const history = new OrderHistoryServiceUnderTest(launched, testDatabase, others);
  await history.untilReady();
  return history;
}
