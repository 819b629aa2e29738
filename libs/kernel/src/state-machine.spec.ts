import { describe, expect, it } from 'vitest';
import { IllegalTransition, stateMachine } from './state-machine.js';

const door = stateMachine<'OPEN' | 'CLOSED'>('door', { close: { OPEN: 'CLOSED' }, open: { CLOSED: 'OPEN' } });

describe('stateMachine', () => {
  it('returns the next state from its table', () => {
    expect(door.next('OPEN', 'close')).toBe('CLOSED');
  });

  it('rejects every other action with the state and the action', () => {
    expect(() => door.next('CLOSED', 'close')).toThrow(new IllegalTransition('door', 'CLOSED', 'close'));
    expect(door.allows('CLOSED', 'close')).toBe(false);
  });
});
