import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The environment lacks something that a process needs; the message lists every problem by its variable. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`the environment is not complete:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** The variable that a field is read from: `httpPort` is `FTGO_HTTP_PORT`. */
export const variableOf = (field: string): string => `FTGO_${field.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`;

/**
 * Reads a process's settings from the environment: the field `httpPort` of the schema from `FTGO_HTTP_PORT`, or from the
 * file that `FTGO_HTTP_PORT_FILE` names, as secrets are best given. The result is frozen. Fails with all problems at once; a field's `.describe('…')` is what the reader is told to set.
 */
export function parseConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const given = Object.keys(schema.shape).map((field) => [field, valueOf(variableOf(field), environment)] as const);
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return Object.freeze(parsed.data);
  const isGiven = new Set(given.filter(([, value]) => value !== undefined).map(([field]) => field));
  throw new ConfigError(parsed.error.issues.map((issue) => problem(schema, issue, isGiven)));
}

type Environment = Readonly<Record<string, string | undefined>>;

function valueOf(variable: string, environment: Environment): string | undefined {
  const value = environment[variable]?.trim();
  if (value) return value;
  const file = environment[`${variable}_FILE`];
  return file ? contentOf(file, variable).trim() || undefined : undefined;
}

function contentOf(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`${variable}_FILE names ${file}, which cannot be read: ${(error as Error).message}`]);
  }
}

function problem(schema: z.ZodObject, issue: z.core.$ZodIssue, isGiven: ReadonlySet<string>): string {
  const field = String(issue.path[0]);
  const description = z.globalRegistry.get(schema.shape[field] as z.ZodType)?.description;
  const what = isGiven.has(field) ? `is not usable (${issue.message})` : 'is missing';
  return `${variableOf(field)} ${what}${description ? `: set it to ${description}` : ''}`;
}
