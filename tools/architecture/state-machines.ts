import { type Drawing, exportsOf, mermaid, page } from './drawing.js';

interface Machine {
  readonly subject: string;
  readonly transitions: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;
}

/** The transitions of all aggregates. */
export const stateMachinesPage: Drawing = {
  file: 'docs/architecture/state-machines.md',
  draw: async (root) => {
    const machines = (await exportsOf(root, 'apps/*/src/**/*-state.ts')).filter(({ value }) => isMachine(value));
    return page(
      'State machines',
      'The permitted transitions and the actions that cause them; any other transition is rejected with `ILLEGAL_TRANSITION`.',
      'A ticket that was ACCEPTED when it was locked for a cancellation or a revision returns to that state.',
      '',
      ...machines.flatMap(({ file, value }) => machineSection(file, value as Machine)),
    );
  },
};

const isMachine = (value: unknown): value is Machine =>
  typeof value === 'object' && value !== null && 'subject' in value && 'transitions' in value;

function machineSection(file: string, machine: Machine): string[] {
  return [`## ${machine.subject}`, '', `[${file}](../../${file})`, '', ...mermaid('stateDiagram-v2', ...drawMachine(machine)), ''];
}

/** One arrow per pair of connected states; a state that nothing leads to is initial, one that leads nowhere is final. */
export function drawMachine({ transitions }: Machine): string[] {
  const steps = Object.entries(transitions).flatMap(([action, moves]) =>
    Object.entries(moves).map(([from, to]) => ({ action, from, to: to as string })),
  );
  const arrows = Map.groupBy(steps, ({ from, to }) => `  ${from} --> ${to}`);
  const froms = new Set(steps.map(({ from }) => from));
  const tos = new Set(steps.map(({ to }) => to));
  return [
    ...[...froms].filter((state) => !tos.has(state)).map((state) => `  [*] --> ${state}`),
    ...[...arrows].map(([line, same]) => `${line}: ${same.map(({ action }) => action).join(', ')}`),
    ...[...tos].filter((state) => !froms.has(state)).map((state) => `  ${state} --> [*]`),
  ];
}
