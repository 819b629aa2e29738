import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { exportUsedFunctions, frozen, readDefinition, withStep } from '../saga/definition.js';

const text = readFileSync(join(repository, 'apps/order-service/src/sagas/cancel-order/cancel-order.saga.ts'), 'utf8');

describe('the definition of a saga', () => {
  it('is read from its file', () => {
    expect(readDefinition(text)).toMatchObject({
      name: 'cancelOrderSaga',
      version: 1,
      state: 'CancelOrder',
      steps: ['begin cancel', 'begin cancel ticket', 'reverse authorization', 'confirm cancel ticket', 'confirm cancel'],
    });
  });

  it('gets a step and the next version', () => {
    const extended = readDefinition(withStep(text, ".step('count').invoke(Count, ticket)", 'confirm cancel'));
    expect([extended.version, extended.steps.slice(-2)]).toEqual([2, ['count', 'confirm cancel']]);
    expect(() => withStep(text, '.step()', 'no such step')).toThrow("the saga has no step 'no such step'");
  });

  it('is kept under another name, with the imports and functions that it uses', () => {
    const copy = frozen(text, './cancel-order.saga.js');
    expect(readDefinition(copy)).toMatchObject({ name: 'cancelOrderSagaV1', version: 1, steps: readDefinition(text).steps });
    expect(copy).toContain("import { type CancelOrder, ticket, authorization } from './cancel-order.saga.js';");
    expect(copy).not.toContain('ConsumerId');
  });

  it('exports the functions that the copy needs', () => {
    const exported = exportUsedFunctions(text);
    expect(exported).toContain('export function ticket(');
    expect(exportUsedFunctions(exported)).toBe(exported);
  });
});
