import { channel } from 'node:diagnostics_channel';
import type { HistoryEntry } from './decide/decision.js';
import type { SagaStatus } from './decide/instance.js';

/** What `sagas.step` announces, in the transaction that moves the saga. */
export interface SagaStepMessage {
  readonly sagaId: string;
  readonly saga: string;
  readonly status: SagaStatus;
  readonly step: string;
  readonly history: readonly HistoryEntry[];
}

/** Every move of a saga. Telemetry listens here; without a listener it costs one property read. */
export const sagaDiagnostics = { step: channel('sagas.step') };
