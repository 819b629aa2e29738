import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Drawing, exportsOf, mermaid, page } from './drawing.js';

/** A command or an event, as declared in the contracts. */
export interface DeclaredMessage {
  readonly kind: 'command' | 'event';
  readonly channel: { readonly topic: string };
  readonly payload: { readonly typeName: string };
  readonly reply?: { readonly typeName: string };
  readonly refusals?: readonly string[];
}

/** A command or an event, with its senders and receivers. */
export interface Flow {
  readonly name: string;
  readonly declared: DeclaredMessage;
  readonly kind: 'command' | 'event';
  readonly topic: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Every command and event: its sender, topic and handlers. */
export const messagesPage: Drawing = {
  file: 'docs/architecture/messages.md',
  draw: async (root) => {
    const flows = await messageFlows(root);
    const topics = [...Map.groupBy(flows, ({ topic }) => topic)].toSorted(([a], [b]) => a.localeCompare(b));
    return page(
      'Messages',
      'The sender and the receivers of each message: an app that names a message in `@HandlesCommand` or `@HandlesEvent` receives it, and so does one that follows its topic without a group; one that names it elsewhere sends it.',
      'Replies go to the reply channel of the saga that sent the command, and are not shown.',
      '',
      ...mermaid('flowchart LR', ...topics.flatMap(([topic, inIt]) => drawTopic(topic, inIt))),
      '',
      ...topics.flatMap(([topic, inIt]) => [`## ${topic}`, '', ...tableOf(inIt), '']),
    );
  },
};

/** Finds the senders and receivers of every message of the contracts in the sources of all apps, and of libs with handlers. */
export async function messageFlows(root: string): Promise<Flow[]> {
  const ofApps = sourcesOf(root, 'apps/*/src/**/*.ts').map((source) => ({ ...source, apps: [source.project] }));
  const ofLibs = sourcesOf(root, 'libs/*/src/**/*-handlers.ts').map((source) => ({
    ...source,
    apps: appsThatImport(source.project, ofApps),
  }));
  const sources = [...ofApps, ...ofLibs];
  const appsWith = (name: string, isHandlers: boolean) => {
    const found = sources.filter((source) => source.isHandlers === isHandlers && importedValues(source.text).has(name));
    return [...new Set(found.flatMap(({ apps }) => apps))].toSorted();
  };
  const declared = await exportsOf(root, 'libs/contracts/src/!(index).ts');
  return declared.flatMap(({ name, value }) =>
    isMessage(value)
      ? [{ name, declared: value, kind: value.kind, topic: value.channel.topic, from: appsWith(name, false), to: appsWith(name, true) }]
      : [],
  );
}

interface Source {
  readonly project: string;
  readonly isHandlers: boolean;
  readonly text: string;
}

const sourcesOf = (root: string, files: string): Source[] =>
  globSync(files, { cwd: root })
    .filter((file) => !file.endsWith('spec.ts'))
    .toSorted()
    .map((file) => ({ file, project: file.split('/')[1] as string, text: readFileSync(join(root, file), 'utf8') }))
    .map(({ file, project, text }) => ({ project, text, isHandlers: file.endsWith('-handlers.ts') || follows.test(text) }));

/** Reads without a consumer group. */
const follows = /\bbroker\.follow\(/;

const appsThatImport = (lib: string, sources: readonly Source[]): string[] =>
  sources.filter(({ text }) => text.includes(`from '@ftgo/${lib}'`)).map(({ project }) => project);

const isMessage = (value: unknown): value is DeclaredMessage =>
  typeof value === 'object' && value !== null && 'channel' in value && 'kind' in value;

/** The values that a file imports from the contracts; importing a type does not send or handle anything. */
function importedValues(text: string): Set<string> {
  const imports = text.matchAll(/^import \{([^}]*)\} from '@ftgo\/contracts\//gm);
  const names = [...imports].flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
  return new Set(names.filter((name) => name && !name.startsWith('type ')));
}

function drawTopic(topic: string, flows: readonly Flow[]): string[] {
  const node = topic.replaceAll('.', '_');
  const all = (side: 'from' | 'to') => [...new Set(flows.flatMap((flow) => flow[side]))];
  return [
    `  ${node}[["${topic}"]]`,
    ...all('from').map((app) => `  ${app} --> ${node}`),
    ...all('to').map((app) => `  ${node} --> ${app}`),
  ];
}

const tableOf = (flows: readonly Flow[]): string[] => [
  '| Message | From | To |',
  '|---|---|---|',
  ...flows.map(({ name, from, to }) => `| \`${name}\` | ${from.join(', ')} | ${to.join(', ') || 'none yet'} |`),
];
