import { describe, expect, it } from 'vitest';
import { urlsElsewhere } from './target.js';

describe('order-service of a system that runs elsewhere', () => {
  const urlsWith = (given: string | undefined, isSecure: boolean) => urlsElsewhere(8082, { given, isSecure });
  const sameUrl = (url: string) => ({ url, managementUrl: url });

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
});
