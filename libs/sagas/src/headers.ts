import { commandHeader, extensionHeader, type IncomingMessage } from '@ftgo/messaging';

/** The extension headers that assign a command and its reply to a step of a saga. */
export const sagaHeader = {
  id: extensionHeader({ name: 'ce_sagaid', spanAttribute: 'saga.id', logField: 'sagaId' }),
  step: extensionHeader({ name: 'ce_sagastep', spanAttribute: 'saga.step', logField: 'sagaStep' }),
};

extensionHeader({ name: commandHeader.outcome, spanAttribute: 'saga.outcome' });

/** The saga step of a message. */
export interface SagaStepOf {
  readonly sagaId: string | undefined;
  readonly sagaStep: string | undefined;
}

export const sagaStepOf = ({ extensions }: Pick<IncomingMessage, 'extensions'>): SagaStepOf => ({
  sagaId: extensions[sagaHeader.id],
  sagaStep: extensions[sagaHeader.step],
});
