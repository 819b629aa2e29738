import { describe, expect, it } from 'vitest';
import { optionsIn } from '../options.js';
import { courseOf } from '../traffic.js';

describe('the options', () => {
  it('have defaults for everything but the rate', () => {
    const options = optionsIn(['--rate', '50']);
    expect(options).toMatchObject({ ordersPerSecond: 50, forMs: 60_000, pattern: 'poisson', gateway: undefined, isJson: false });
    expect(options.mix.deliver).toBeGreaterThan(0);
  });

  it('include a mix that changes some of the defaults', () => {
    const { mix } = optionsIn(['--rate', '1', '--mix', 'cancel=20,read=0']);
    expect(mix).toEqual({ ...optionsIn(['--rate', '1']).mix, cancel: 20, read: 0 });
  });

  it.each([
    ['90s', 90_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
  ])('include the duration %s', (text, ms) => expect(optionsIn(['--rate', '1', '--for', text]).forMs).toBe(ms));

  it.each([
    [[], '--rate'],
    [['--rate', '0'], '--rate'],
    [['--rate', 'fast'], '--rate'],
    [['--rate', '1', '--for', '60'], '--for'],
    [['--rate', '1', '--for', '0s'], '--for'],
    [['--rate', '1', '--mix', 'eat=3'], '--mix'],
    [['--rate', '1', '--mix', 'cancel'], '--mix'],
    [['--rate', '1', '--mix', 'cancel=60,revise=41,deliver=0'], '--mix'],
    [['--rate', '1', '--arrivals', 'random'], '--arrivals'],
    [['--rate', '1', '--in-flight', '0'], '--in-flight'],
    [['--rate', '1', '--consumers', '1.5'], '--consumers'],
    [['--rate', '1', '--gateway', 'here'], '--gateway'],
    [['--rate', '1', '--management', 'here'], '--management'],
    [['--rate', '1', '--speed', '1'], '--speed'],
  ])('reject %j and name the option', (args, named) => {
    expect(() => optionsIn(args)).toThrow(new RegExp(`${named}[^]*usage:`));
  });
});

describe('the courses of orders', () => {
  it('have the proportions of the mix in every hundred orders', () => {
    const { mix } = optionsIn(['--rate', '1', '--mix', 'revise=10,cancel=25,deliver=60']);
    const hundred = Array.from({ length: 100 }, (_, i) => courseOf(i + 300, mix));
    const count = (course: string | undefined) => hundred.filter((each) => each === course).length;
    for (const [course, share] of [
      ['revise', 10],
      ['cancel', 25],
      ['deliver', 60],
      [undefined, 5],
    ] as const) {
      expect(Math.abs(count(course) - share), course).toBeLessThanOrEqual(2);
    }
  });
});
