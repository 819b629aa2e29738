import { Money } from '@ftgo/kernel';

/** How the state of a saga is stored as JSON. */
export interface StateCodec<State> {
  /** Encodes to plain JSON. Throws on values that would not be restored identically. */
  toJson(state: State): unknown;
  fromJson(json: unknown): State;
}

/** Thrown when a state contains a value that cannot be stored. */
export class UnstorableState extends Error {
  constructor(path: string, reason: string) {
    super(`cannot store the saga's state: ${path || 'the state'} ${reason}`);
    this.name = 'UnstorableState';
  }
}

const moneyTag = '$money';
const dateTag = '$date';
/** Wraps a user's object that has a key like a tag. */
const plainTag = '$plain';

/** Stores plain values, Money and Date, and rejects everything else. `undefined` is omitted, as in JSON. */
export function plainValues<State>(): StateCodec<State> {
  return {
    toJson: (state) => toJson(state, ''),
    fromJson: (json) => fromJson(json) as State,
  };
}

function toJson(value: unknown, path: string): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (typeof value === 'string') return storableText(value, path);
  if (typeof value === 'number') return Number.isFinite(value) ? value : reject(path, `is ${value}`);
  if (typeof value !== 'object') return reject(path, `is a ${typeof value}`);
  if (value instanceof Money) return { [moneyTag]: [value.minorUnits, value.currency] };
  if (value instanceof Date) return { [dateTag]: value.toISOString() };
  if (Array.isArray(value)) return value.map((item, i) => toJson(item ?? null, `${path}[${i}]`));
  return objectToJson(value, path);
}

function objectToJson(value: object, path: string): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return reject(path, `is an instance of ${value.constructor.name}; use plain values, Money and Date, or give the saga a codec`);
  }
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [storableText(key, path), toJson(item, path ? `${path}.${key}` : key)] as const);
  const json = Object.fromEntries(entries);
  return entries.some(([key]) => key.startsWith('$')) ? { [plainTag]: json } : json;
}

function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== 'object' || json === null) return json;
  if (moneyTag in json) {
    const [minorUnits, currency] = json[moneyTag] as [number, string];
    return Money.ofMinorUnits(minorUnits, currency);
  }
  if (dateTag in json) return new Date(json[dateTag] as string);
  const plain = plainTag in json ? (json[plainTag] as object) : json;
  return Object.fromEntries(Object.entries(plain).map(([key, item]) => [key, fromJson(item)]));
}

/** Postgres accepts no NUL in text, and no lone surrogate in jsonb. */
function storableText(text: string, path: string): string {
  if (text.includes('\0')) return reject(path, 'contains a NUL character');
  return text.isWellFormed() ? text : reject(path, 'contains a lone surrogate');
}

function reject(path: string, reason: string): never {
  throw new UnstorableState(path, reason);
}
