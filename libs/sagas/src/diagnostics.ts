import { channel } from 'node:diagnostics_channel';
import type { HistoryEntry } from './decide/decision.js';
import type { SagaStatus } from './decide/instance.js';

/** The event of `sagas.step`, published in the transaction that moves the saga. */
export interface SagaStepMessage {
  readonly sagaId: string;
  readonly saga: string;
  readonly status: SagaStatus;
  readonly step: string;
  readonly history: readonly HistoryEntry[];
}

/** Publishes every move of a saga, for telemetry; without a subscriber it costs one property read. */
export const sagaDiagnostics = { step: channel('sagas.step') };
