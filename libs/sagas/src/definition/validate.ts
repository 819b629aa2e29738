import { isUndo, type SagaDefinition, type SagaStep } from './definition.js';

/** All problems of a definition, worded for its author; empty if it is valid. */
export function problemsOf(definition: SagaDefinition<unknown>): string[] {
  const { name, version, steps } = definition;
  const problems: string[] = [];
  if (name.trim() === '') problems.push('the name is empty');
  if (!Number.isSafeInteger(version) || version < 1) problems.push(`invalid version ${version}: expected a positive integer`);
  if (steps.length === 0) problems.push('it has no steps');
  return [...problems, ...nameProblems(steps), ...orderProblems(steps), ...steps.flatMap(commandProblems)];
}

function nameProblems(steps: ReadonlyArray<SagaStep<unknown>>): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { name } of steps) {
    if (name.trim() === '') problems.push('a step has no name');
    if (isUndo(name)) problems.push(`invalid step name "${name}": ":undo" is reserved for compensations`);
    if (seen.has(name)) problems.push(`duplicate step name "${name}": replies are matched by name`);
    seen.add(name);
  }
  return problems;
}

function orderProblems(steps: ReadonlyArray<SagaStep<unknown>>): string[] {
  const problems: string[] = [];
  const pivots = steps.filter(({ pivot }) => pivot);
  if (pivots.length > 1) problems.push(`${pivots.length} pivots (${pivots.map(quoted).join(', ')}): expected at most one`);
  const firstOpen = steps.findIndex(({ action }) => action.kind !== 'done');
  const pivot = steps.findIndex((step) => step.pivot);
  for (const [i, step] of steps.entries()) {
    if (step.action.kind === 'done' && firstOpen !== -1 && i > firstOpen) {
      problems.push(`${quoted(step)} is done() but follows a step that is not; only the first steps may be done()`);
    }
    if (step.pivot) problems.push(...pivotProblems(step));
    if (pivot !== -1 && i > pivot) problems.push(...afterPivotProblems(step));
  }
  return problems;
}

function pivotProblems(step: SagaStep<unknown>): string[] {
  if (step.action.kind === 'done') return [`${quoted(step)} cannot be the pivot: it is done before the saga starts`];
  if (step.action.kind === 'local') return step.undo ? [`${quoted(step)} needs no undo: a local pivot is never in doubt`] : [];
  if (!step.undo && !step.sendAgainWhenInDoubt) {
    return [`${quoted(step)} is the pivot and its reply may be missing; add an undo(…) or sendAgainWhenInDoubt()`];
  }
  if (step.undo && step.sendAgainWhenInDoubt)
    return [`${quoted(step)} has an undo(…) that can never run because of sendAgainWhenInDoubt()`];
  return [];
}

function afterPivotProblems(step: SagaStep<unknown>): string[] {
  const problems: string[] = [];
  if (step.undo) problems.push(`${quoted(step)} comes after the pivot and is never undone; remove its undo(…)`);
  if (step.sendAgainWhenInDoubt) problems.push(`${quoted(step)} comes after the pivot and is always resent; remove sendAgainWhenInDoubt()`);
  if (step.action.kind === 'invoke' && step.action.command.refusals.length > 0) {
    const { command } = step.action;
    problems.push(
      `${quoted(step)} comes after the pivot, where no step may be rejected, but ${command.payload.typeName} can be rejected (${command.refusals.join(', ')})`,
    );
  }
  return problems;
}

function commandProblems(step: SagaStep<unknown>): string[] {
  const problems: string[] = [];
  for (const action of [step.action, step.undo]) {
    if (action?.kind !== 'invoke' || action.command.reply) continue;
    problems.push(`${quoted(step)} would wait forever: ${action.command.payload.typeName} is a notification and has no reply`);
  }
  if (step.undo?.kind === 'invoke' && step.undo.command.refusals.length > 0) {
    const { command } = step.undo;
    problems.push(`${quoted(step)} is undone by ${command.payload.typeName}, which can be rejected (${command.refusals.join(', ')})`);
  }
  return problems;
}

const quoted = ({ name }: Pick<SagaStep<unknown>, 'name'>): string => `"${name}"`;
