import type { Report } from '@ftgo/invariants';
import { describe, expect, it } from 'vitest';
import { reportScreen } from './report-screen.js';

const checked = { invariant: 'orders end', description: 'every order ends', compared: '17 orders', violations: 0 } as const;
const violation = {
  invariant: 'orders end',
  about: 'order 17',
  what: 'is CANCEL_PENDING, but no cancel-order saga is working on it',
  see: 'order show 17',
} as const;
const clean: Report = {
  checked: [checked],
  violations: [],
  inFlight: [],
  unknown: [],
  notes: [],
  counts: { orders: 17, consumers: 0, replicas: 0, sent: 0, repeated: 0, received: 0, deadLetters: 0 },
};

describe('the report of the invariants', () => {
  it('shows what was compared', () => {
    const screen = reportScreen(clean);
    expect(screen).toMatch(/^orders end +every order ends +17 orders +none$/m);
    expect(screen).toMatch(/every invariant holds$/);
  });

  it('names each violation, with the command that shows more', () => {
    const screen = reportScreen({ ...clean, checked: [{ ...checked, violations: 1 }], violations: [violation] });
    expect(screen).toMatch(/^orders end .* 17 orders +1$/m);
    expect(screen).toContain(
      'violated\n  orders end: order 17: is CANCEL_PENDING, but no cancel-order saga is working on it\n    npm run ftgo -- order show 17\n',
    );
    expect(screen).toMatch(/\n1 violation$/);
  });

  it('names what is in flight, and does not call it a violation', () => {
    const screen = reportScreen({ ...clean, inFlight: [{ about: 'order 18', what: 'is APPROVAL_PENDING' }] });
    expect(screen).toMatch(/in flight\n {2}order 18: is APPROVAL_PENDING\n\nevery invariant holds$/);
  });

  it('does not claim what could not be checked', () => {
    const screen = reportScreen({ ...clean, unknown: ['kitchen-service: does not respond'] });
    expect(screen).toMatch(/^orders end .* none found$/m);
    expect(screen).toMatch(
      /not checked\n {2}kitchen-service: does not respond\n\nno violation found, but not everything could be checked$/,
    );
  });

  it('lists the first fifty of many', () => {
    const screen = reportScreen({ ...clean, violations: Array.from({ length: 60 }, () => violation) });
    expect(screen).toContain('and 10 more; see --json');
  });

  it('mentions messages that were published again', () => {
    expect(reportScreen({ ...clean, counts: { ...clean.counts, repeated: 3 } })).toContain('3 messages were published more than once');
  });
});
