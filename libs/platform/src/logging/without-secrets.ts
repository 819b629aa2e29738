/** Fields that never reach a log, however deeply nested. Payloads are not logged at all. */
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
 * Removes secrets from a line's fields. Most lines have none and are returned unchanged: pino's own redaction copies each line
 * first, which is most of the cost of a line.
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
