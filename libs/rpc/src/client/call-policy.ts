import { z } from 'zod';

const whole = (min: number, max = 3_600_000) => z.coerce.number().int().min(min).max(max);

/** Everything that limits, repeats or replaces the calls of a dependency. */
const settings = {
  deadlineMs: whole(1).describe('time limit of a call including its retries, in milliseconds; the caller’s own deadline may end it sooner'),
  concurrentCalls: whole(1).describe('maximum number of calls in flight'),
  waitingCalls: whole(0).describe('maximum number of calls that wait for one in flight to end; further ones fail immediately'),
  breakAfterFailures: whole(1).describe('number of failures in a row that open the circuit'),
  breakForMs: whole(1).describe('how long an open circuit blocks all calls, in milliseconds; then it lets one through'),
  retries: whole(0, 10).describe('maximum number of retries of an idempotent call that the dependency could not accept'),
  retryPercent: whole(0, 100).describe('retry budget: maximum number of retries per 100 idempotent calls, after the first ten retries'),
  fallback: z.enum(['error', 'cached']).describe('the result of a failed read: an error, or the last response to the same request'),
  cachedForMs: whole(1, 86_400_000).describe('maximum age of a cached response, in milliseconds'),
  cachedBytes: whole(0, 2 ** 30).describe('maximum size of all cached responses together, in bytes'),
};

export const callPolicyBody = z.object(settings);

/** How a dependency is called. */
export type CallPolicy = Readonly<z.output<typeof callPolicyBody>>;

const defaults: CallPolicy = {
  deadlineMs: 3_000,
  concurrentCalls: 200,
  waitingCalls: 50,
  breakAfterFailures: 5,
  breakForMs: 1_000,
  retries: 2,
  retryPercent: 20,
  fallback: 'error',
  cachedForMs: 600_000,
  cachedBytes: 16 * 1024 * 1024,
};

/** A whole policy from the values that differ from the defaults; later ones override earlier ones. */
export function callPolicy(...given: ReadonlyArray<Partial<CallPolicy> | undefined>): CallPolicy {
  const names = Object.keys(defaults) as Array<keyof CallPolicy>;
  const values = names.map((name) => [name, given.findLast((each) => each?.[name] !== undefined)?.[name] ?? defaults[name]]);
  return Object.fromEntries(values) as CallPolicy;
}

/** Overrides by dependency; `*` is every dependency. */
export type CallPolicies = Readonly<Partial<Record<string, Partial<CallPolicy>>>>;

const assignment = /^\s*(?<dependency>[^.=\s]+)\.(?<setting>\w+)=(?<value>[^\s=]+)\s*$/;

/** The environment variable that overrides declared policies: `kitchen-service.deadlineMs=800,*.retries=0`. */
export function callPoliciesField(dependencies: readonly string[]) {
  const overrides = z.partialRecord(z.enum([...dependencies, '*']), z.strictObject(settings).partial());
  return z
    .string()
    .transform((text, context) => {
      const policies: z.input<typeof overrides> = {};
      for (const each of text.split(',')) {
        const { dependency, setting, value } = assignment.exec(each)?.groups ?? {};
        if (!dependency || !setting || !value) context.addIssue(`'${each}' is not of the form dependency.setting=value`);
        else policies[dependency] = { ...policies[dependency], [setting]: value };
      }
      return policies;
    })
    .pipe(overrides)
    .optional()
    .describe(
      'values that differ from the declared call policies, such as kitchen-service.deadlineMs=800,*.retries=0; ' +
        `settings: ${Object.keys(settings).join(', ')}`,
    );
}
