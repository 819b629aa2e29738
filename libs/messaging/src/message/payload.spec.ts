import { describe, expect, it } from 'vitest';
import { jsonContentType, jsonPayload } from './payload.js';

interface OrderPlaced {
  readonly cents: number;
}

const read = <T extends object>(payload: ReturnType<typeof jsonPayload<T>>, text: string): T =>
  payload.decode(Buffer.from(text), jsonContentType);

describe('a JSON payload', () => {
  it('is read as it was written', () => {
    const payload = jsonPayload<OrderPlaced>('shop.v1.OrderPlaced');
    expect(payload.decode(payload.encode({ cents: 5 }, jsonContentType), jsonContentType)).toEqual({ cents: 5 });
  });

  it.each(['', '{', 'null', '17', '"text"'])('is rejected if it is %j, which is not a JSON object', (text) => {
    expect(() => read(jsonPayload<OrderPlaced>('shop.v1.OrderPlaced'), text)).toThrow(/JSON/);
  });

  it('is what its parser returns, unless that throws', () => {
    const payload = jsonPayload<OrderPlaced>('shop.v1.OrderPlaced', (json) => {
      if (!('cents' in json)) throw new Error('cents are missing');
      return { cents: Number(json.cents) };
    });
    expect(read(payload, '{"cents":"7"}')).toEqual({ cents: 7 });
    expect(() => read(payload, '{}')).toThrow('cents are missing');
  });
});
