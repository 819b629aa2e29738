/** What never reaches a log, wherever it stands in a line's fields. Payloads do not reach one at all. */
const secrets = new Set([
  'authorization',
  'cookie',
  'password',
  'token',
  'secret',
  'card',
  'cardNumber',
  'cvv',
  'address',
  'deliveryAddress',
]);

const censored = '[redacted]';
const deepest = 6;

type Fields = Record<string, unknown>;

/**
 * A line's fields without what nobody may see. Most lines have nothing of it, and are given back as they are: pino's own
 * redaction copies each one first, which is most of what a line costs.
 */
export function withoutSecrets(fields: Fields, depth = deepest): Fields {
  let shown = fields;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const kept = secrets.has(name) ? censored : withoutInner(value, depth);
    if (kept === value) continue;
    if (shown === fields) shown = { ...fields };
    shown[name] = kept;
  }
  return shown;
}

function withoutInner(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth === 0) return censored;
  if (Array.isArray(value)) {
    const kept = value.map((each) => withoutInner(each, depth - 1));
    return kept.some((each, i) => each !== value[i]) ? kept : value;
  }
  return withoutSecrets(value as Fields, depth - 1);
}
