import { Outbox, OutboxProgress, type PayloadType, type Refusal, Transactions } from '@ftgo/messaging';
import { MessagingRuntime, nestLogger } from '@ftgo/messaging-nest';
import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Timing } from '../decide/timing.js';
import type { SagaDefinition } from '../definition/definition.js';
import { SagaOperations } from '../engine/saga-operations.js';
import { SagaRetention } from '../engine/saga-retention.js';
import { Sagas } from '../engine/sagas.js';
import { SagaMetrics, SagaTableMetrics } from './saga-metrics.js';
import { SagaDeadlineLoop, SagaReplies } from './saga-runtime.js';

/** What the module needs. */
export interface SagasModuleOptions extends Partial<Timing> {
  /** The application's name: the first part of the source of the sagas' commands. */
  readonly service: string;
  readonly sagas: ReadonlyArray<SagaDefinition<unknown>>;
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
  /** How long an ended saga is kept with its history, in days; default 30. */
  readonly keepEndedDays?: number | undefined;
  /** Interval between two checks for passed deadlines, in ms. */
  readonly pollMs?: number;
}

/** Injection token of the options; an abstract class, so that it cannot be confused with another token. */
abstract class SagasModuleSettings {
  abstract readonly value: SagasModuleOptions;
}

/**
 * Runs sagas: `Sagas` starts them, `SagaOperations` is for operators. Needs `Transactions` and `Outbox` from a global module,
 * also `OutboxProgress` if something other than our relay publishes, and MessagingModule, which delivers the replies.
 */
@Module({})
export class SagasModule {
  static forRoot(options: SagasModuleOptions): DynamicModule {
    return SagasModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: {
    imports?: ModuleMetadata['imports'];
    inject?: FactoryProvider['inject'];
    useFactory: (...dependencies: never[]) => SagasModuleOptions | Promise<SagasModuleOptions>;
  }): DynamicModule {
    return {
      module: SagasModule,
      global: true,
      imports: options.imports ?? [],
      providers: [
        {
          provide: SagasModuleSettings,
          inject: options.inject ?? [],
          useFactory: async (...dependencies: unknown[]) => ({ value: await options.useFactory(...(dependencies as never[])) }),
        },
        { provide: Sagas, inject: [SagasModuleSettings, Transactions, Outbox, ModuleRef], useFactory: sagas },
        {
          provide: SagaOperations,
          inject: [Sagas, Transactions],
          useFactory: (engine: Sagas, transactions: Transactions) => new SagaOperations(engine, transactions),
        },
        {
          provide: SagaReplies,
          inject: [SagasModuleSettings, Sagas, Transactions],
          useFactory: ({ value }: SagasModuleSettings, engine: Sagas, transactions: Transactions) =>
            new SagaReplies(engine, new SagaRetention(transactions, value.keepEndedDays)),
        },
        { provide: SagaMetrics, inject: [Sagas], useFactory: (engine: Sagas) => new SagaMetrics(engine) },
        {
          provide: SagaTableMetrics,
          inject: [Sagas, Transactions],
          useFactory: (engine: Sagas, transactions: Transactions) => new SagaTableMetrics(engine, transactions),
        },
        {
          provide: SagaDeadlineLoop,
          inject: [SagasModuleSettings, Sagas, Transactions, MessagingRuntime, { token: OutboxProgress, optional: true }],
          useFactory: deadlineLoop,
        },
      ],
      exports: [Sagas, SagaOperations],
    };
  }
}

const sagas = ({ value }: SagasModuleSettings, transactions: Transactions, outbox: Outbox, container: ModuleRef): Sagas =>
  new Sagas({
    ...value,
    transactions,
    outbox,
    logger: nestLogger('Sagas'),
    resolve: (service) => container.get(service as never, { strict: false }),
  });

const deadlineLoop = (
  { value }: SagasModuleSettings,
  engine: Sagas,
  transactions: Transactions,
  messaging: MessagingRuntime,
  progress?: OutboxProgress,
): SagaDeadlineLoop =>
  new SagaDeadlineLoop({
    sagas: engine,
    transactions,
    logger: nestLogger('Sagas'),
    caughtUp: () => messaging.caughtUp('reply'),
    progress,
    ...(value.pollMs === undefined ? {} : { pollMs: value.pollMs }),
  });
