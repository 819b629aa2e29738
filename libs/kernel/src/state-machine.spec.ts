import { describe, expect, it } from 'vitest';
import { IllegalTransition, stateMachine } from './state-machine.js';

const door = stateMachine<'OPEN' | 'CLOSED'>('door', { close: { OPEN: 'CLOSED' }, open: { CLOSED: 'OPEN' } });

describe('a state machine', () => {
  it('goes where its table says', () => {
    expect(door.next('OPEN', 'close')).toBe('CLOSED');
  });

  it('refuses every other action, and says which', () => {
    expect(() => door.next('CLOSED', 'close')).toThrow(new IllegalTransition('door', 'CLOSED', 'close'));
    expect(door.allows('CLOSED', 'close')).toBe(false);
  });
});
