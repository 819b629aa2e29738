import { afterEach, describe, expect, it, vi } from 'vitest';
import { config } from '../config.js';
import { urlsElsewhere } from './target.js';

describe('order-service of a system that runs elsewhere', () => {
  const urlsWith = (given: string | undefined, isSecure: boolean) => urlsElsewhere(8082, { given, isSecure });
  const sameUrl = (url: string) => ({ url, managementUrl: url });

  afterEach(() => vi.unstubAllEnvs());

  it('serves everything at one port while security is off', () => {
    expect(urlsWith(undefined, false)).toEqual(sameUrl('http://127.0.0.1:8082'));
    expect(urlsWith('http://node:30082/', false)).toEqual(sameUrl('http://node:30082'));
  });

  it('has another port for operators while security is on', () => {
    expect(urlsWith(undefined, true)).toEqual({ url: 'http://127.0.0.1:8082', managementUrl: 'http://127.0.0.1:18082' });
    expect(urlsWith('https://orders.example.com:9000/', true)).toEqual({
      url: 'https://orders.example.com:8082',
      managementUrl: 'https://orders.example.com:9000',
    });
  });

  it('must be named by a URL', () => {
    vi.stubEnv('FTGO_ORDER_SERVICE_URL', 'localhost:8082');
    expect(() => config.urlOf('order-service')).toThrow(
      "invalid FTGO_ORDER_SERVICE_URL 'localhost:8082': expected a URL such as http://127.0.0.1:8082",
    );
  });
});
