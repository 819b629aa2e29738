import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { UserError } from '@ftgo/runner/errors';

export const usage =
  'npm run load -- --rate ORDERS_PER_SECOND --for 60s [--mix cancel=5,read=100] [--arrivals poisson|constant] [--seed N] [--consumers N] [--in-flight N] [--gateway URL [--management URL]] [--json]';

/** What happens to some of the orders after their approval; each order has at most one of these. */
export const courses = ['revise', 'cancel', 'deliver'] as const;
export type Course = (typeof courses)[number];

/** Requests that arrive on a schedule of their own. */
export const others = ['read', 'history', 'consumer', 'restaurant', 'menu', 'courier'] as const;
export type Other = (typeof others)[number];

/** How many of each for 100 orders. */
export type Mix = Readonly<Record<Course | Other, number>>;

const defaultMix: Mix = {
  revise: 5,
  cancel: 5,
  deliver: 60,
  read: 100,
  history: 30,
  consumer: 5,
  restaurant: 1,
  menu: 2,
  courier: 1,
};

export interface LoadOptions {
  readonly ordersPerSecond: number;
  readonly forMs: number;
  readonly mix: Mix;
  readonly pattern: 'poisson' | 'constant';
  readonly seed: number;
  readonly consumers: number;
  readonly mostInFlight: number;
  /** Undefined for the running `npm start`. */
  readonly gateway: string | undefined;
  /** The port for operators of that gateway; undefined if it is the same. */
  readonly management: string | undefined;
  readonly isJson: boolean;
}

export function optionsIn(args: readonly string[]): LoadOptions {
  const values = valuesIn(args);
  const { arrivals } = values;
  if (arrivals !== 'poisson' && arrivals !== 'constant') throw invalid('arrivals', arrivals, 'poisson or constant');
  return {
    ordersPerSecond: numberIn('rate', values.rate, (rate) => rate > 0, 'a number of orders per second above 0'),
    forMs: durationIn(values.for),
    mix: mixIn(values.mix),
    pattern: arrivals,
    seed: numberIn('seed', values.seed ?? String(randomInt(1_000_000)), Number.isSafeInteger, 'a whole number'),
    consumers: numberIn('consumers', values.consumers, isCount, 'a positive integer'),
    mostInFlight: numberIn('in-flight', values['in-flight'], isCount, 'a positive integer'),
    gateway: urlIn('gateway', values.gateway),
    management: urlIn('management', values.management),
    isJson: values.json,
  };
}

function valuesIn(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rate: { type: 'string', default: '' },
        for: { type: 'string', default: '60s' },
        mix: { type: 'string', default: '' },
        arrivals: { type: 'string', default: 'poisson' },
        seed: { type: 'string' },
        consumers: { type: 'string', default: '20' },
        'in-flight': { type: 'string', default: '1000' },
        gateway: { type: 'string' },
        management: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new UserError(`${(cause as Error).message}\nusage: ${usage}`, { cause });
  }
}

function urlIn(option: string, text: string | undefined): string | undefined {
  if (text !== undefined && !URL.canParse(text)) throw invalid(option, text, 'a URL');
  return text?.replace(/\/$/, '');
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;

function numberIn(option: string, text: string, isValid: (value: number) => boolean, expected: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || !isValid(value)) throw invalid(option, text, expected);
  return value;
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function durationIn(text: string): number {
  const [, value, unit = ''] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const ms = Number(value) * (unitMs[unit] ?? 0);
  if (!(ms > 0)) throw invalid('for', text, 'a duration such as 60s, 5m or 1h');
  return ms;
}

function mixIn(text: string): Mix {
  const mix: Record<string, number> = { ...defaultMix };
  for (const entry of text.split(',').filter(Boolean)) {
    const [, name = '', count = ''] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(entry) ?? [];
    if (!(name in defaultMix)) throw invalid('mix', entry, `NAME=COUNT, with NAME one of ${Object.keys(defaultMix).join(', ')}`);
    mix[name] = Number(count);
  }
  const changed = courses.reduce((sum, course) => sum + (mix[course] ?? 0), 0);
  if (changed > 100) throw invalid('mix', text, `at most 100 for the sum of ${courses.join(', ')}, not ${changed}`);
  return mix as Mix;
}

const invalid = (option: string, value: string, expected: string): UserError =>
  new UserError(`invalid --${option} '${value}': expected ${expected}\nusage: ${usage}`);
