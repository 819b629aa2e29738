import { commandHeader, extensionHeader, type IncomingMessage } from '@ftgo/messaging';

/** The extension headers by which a command and its reply belong to a step of a saga. */
export const sagaHeader = {
  id: extensionHeader({ name: 'ce_sagaid', spanAttribute: 'saga.id', logField: 'sagaId' }),
  step: extensionHeader({ name: 'ce_sagastep', spanAttribute: 'saga.step', logField: 'sagaStep' }),
};

extensionHeader({ name: commandHeader.outcome, spanAttribute: 'saga.outcome' });

/** The step of a saga that a message belongs to. */
export interface SagaStepOf {
  readonly sagaId: string | undefined;
  readonly sagaStep: string | undefined;
}

export const sagaStepOf = ({ extensions }: Pick<IncomingMessage, 'extensions'>): SagaStepOf => ({
  sagaId: extensions[sagaHeader.id],
  sagaStep: extensions[sagaHeader.step],
});
