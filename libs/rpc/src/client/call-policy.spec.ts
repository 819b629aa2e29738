import { parseConfig } from '@ftgo/platform';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callPoliciesField, callPolicy } from './call-policy.js';

const schema = z.object({ callPolicies: callPoliciesField(['order-service', 'kitchen-service']) });
const read = (text: string) => parseConfig(schema, { FTGO_CALL_POLICIES: text }).callPolicies;

describe('call policies', () => {
  it('have defaults, which declared values and then configured ones override', () => {
    const policy = callPolicy({ deadlineMs: 5_000, retries: 1 }, undefined, { retries: 0 });
    expect(policy).toEqual({ ...callPolicy(), deadlineMs: 5_000, retries: 0 });
  });

  it('are read from one variable', () => {
    expect(read('kitchen-service.deadlineMs=800, kitchen-service.fallback=cached,*.retries=0')).toEqual({
      'kitchen-service': { deadlineMs: 800, fallback: 'cached' },
      '*': { retries: 0 },
    });
    expect(read('')).toBeUndefined();
  });

  it.each([
    ['order-service', /'order-service' is not of the form dependency\.setting=value/],
    ['order.deadlineMs=1', /FTGO_CALL_POLICIES is invalid/],
    ['order-service.deadline=1', /Unrecognized key: "deadline"/],
    ['order-service.deadlineMs=0', /FTGO_CALL_POLICIES is invalid \(Too small/],
    ['order-service.deadlineMs=soon', /expected number/],
    ['order-service.fallback=panic', /"error"\|"cached"/],
  ])('are rejected if the value is %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
