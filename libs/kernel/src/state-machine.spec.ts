import { describe, expect, it } from 'vitest';
import { IllegalTransition, stateMachine } from './state-machine.js';

const door = stateMachine<'OPEN' | 'CLOSED'>('door', {
  beginClose: ['close', { OPEN: 'CLOSED' }],
  beginOpen: ['open', { CLOSED: 'OPEN' }],
});

describe('stateMachine', () => {
  it('returns the next state from its table', () => {
    expect(door.next('OPEN', 'beginClose', 7)).toBe('CLOSED');
    expect(door.allows('OPEN', 'beginClose')).toBe(true);
  });

  it('rejects every other action, and states in words what is not possible', () => {
    expect(() => door.next('CLOSED', 'beginClose', 7)).toThrow(IllegalTransition);
    expect(() => door.next('CLOSED', 'beginClose', 7)).toThrow(/^cannot close door 7 in state CLOSED$/);
    expect(door.allows('CLOSED', 'beginClose')).toBe(false);
  });

  it('reports the state and the action as data', () => {
    const details = { state: 'CLOSED', action: 'beginClose' };
    expect(new IllegalTransition('close door 7', details)).toMatchObject({ code: 'ILLEGAL_TRANSITION', kind: 'conflict', details });
  });

  it('shows its transitions without the words, for diagrams', () => {
    expect(door.transitions).toEqual({ beginClose: { OPEN: 'CLOSED' }, beginOpen: { CLOSED: 'OPEN' } });
  });
});
