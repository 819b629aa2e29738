import { readFileSync } from 'node:fs';
import { watchPasswords } from '@ftgo/messaging/postgres';
import { z } from 'zod';
import { rememberFile } from './changing-secret.js';

/** The environment lacks a setting or has an invalid one; the message lists every problem by its variable. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** The variable that sets a field: `httpPort` is `FTGO_HTTP_PORT`. */
export const variableOf = (field: string): string => `FTGO_${field.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`;

/** Optional fields that are required under a condition on the values given in the environment. */
export const neededWhen = z.registry<{ readonly condition: (given: Readonly<Record<string, string | undefined>>) => boolean }>();

/** Values that are rejected under a condition on the values given in the environment. */
export const rejectedWhen = z.registry<{
  readonly condition: (given: Readonly<Record<string, string | undefined>>) => boolean;
  readonly reason: string;
}>();

/**
 * Reads a process's settings from the environment: the field `httpPort` of the schema from `FTGO_HTTP_PORT`, or from the file
 * named by `FTGO_HTTP_PORT_FILE`, the recommended way to pass secrets: if it has PostgreSQL URLs, their passwords are read again
 * for each connection. The result is frozen. Throws one error that lists all problems; the field's `.describe('…')` completes "set it to …" in it.
 */
export function parseConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const given = Object.keys(schema.shape).map((field) => [field, valueOf(variableOf(field), environment)] as const);
  const values = Object.fromEntries(given);
  const parsed = schema.safeParse(values);
  const missing = given.filter(([field, value]) => value === undefined && neededWhen.get(fieldOf(schema, field))?.condition(values));
  const rejected = given.flatMap(([field]) => rejection(fieldOf(schema, field), values).map((reason) => [field, reason] as const));
  if (parsed.success && missing.length === 0 && rejected.length === 0) return Object.freeze(parsed.data);
  const issues = [...(parsed.error?.issues ?? []).map(({ path, message }) => [String(path[0]), message] as const), ...rejected];
  const fields = Object.keys(schema.shape);
  const problems = [...issues, ...missing.map(([field]) => [field, ''] as const)]
    .toSorted(([a], [b]) => fields.indexOf(a) - fields.indexOf(b))
    .map(([field, message]) => problem(schema, field, values, message));
  throw new ConfigError(problems);
}

type Environment = Readonly<Record<string, string | undefined>>;

function valueOf(variable: string, environment: Environment): string | undefined {
  const value = environment[variable]?.trim();
  if (value) return value;
  const file = environment[`${variable}_FILE`];
  if (!file) return undefined;
  const content = contentOf(file, variable).trim();
  rememberFile(content, file);
  return content || undefined;
}

function contentOf(file: string, variable: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    watchPasswords(text, file);
    return text;
  } catch (error) {
    throw new ConfigError([`cannot read ${file}, named by ${variable}_FILE: ${(error as Error).message}`]);
  }
}

function rejection(field: z.ZodType, given: Environment): string[] {
  const rule = rejectedWhen.get(field);
  return rule?.condition(given) ? [rule.reason] : [];
}

const fieldOf = (schema: z.ZodObject, field: string) => schema.shape[field] as z.ZodType;

function problem(schema: z.ZodObject, field: string, values: Environment, message: string): string {
  const description = z.globalRegistry.get(fieldOf(schema, field))?.description;
  const what = values[field] === undefined ? 'is missing' : `is invalid (${message})`;
  return `${variableOf(field)} ${what}${description ? `; set it to ${description}` : ''}`;
}
