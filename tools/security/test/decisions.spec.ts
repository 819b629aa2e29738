import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { endpoints } from '../endpoints.js';

const all = await endpoints(repository);

describe('operations', () => {
  it('are found over REST and gRPC in every service', () => {
    const owners = new Set(all.map(({ owner }) => owner));
    for (const owner of ['api-gateway', 'order-service', 'accounting-service', 'libs/operations']) expect(owners).toContain(owner);
    expect(all.filter(({ protocol }) => protocol === 'gRPC').length).toBeGreaterThan(30);
    expect(all.filter(({ protocol }) => protocol === 'REST').length).toBeGreaterThan(60);
  });

  it('state who may use them', () => {
    expect(all.filter(({ decision }) => !decision).map(({ owner, name }) => `${owner}: ${name}`)).toEqual([]);
  });

  it('are public only for health', () => {
    const open = all.filter(({ decision }) => decision === 'public').map(({ name }) => name);
    expect(open).toEqual(['GET /actuator/health', 'GET /health/live', 'GET /health/ready']);
  });

  it('under /operations are for operators only', () => {
    const others = all.filter(({ name, decision }) => name.includes(' /operations') && String(decision) !== 'operator');
    expect(others).toEqual([]);
  });
});
