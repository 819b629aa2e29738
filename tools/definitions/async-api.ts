import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Flow, messageFlows } from '../architecture/messages.js';
import { sagasOf } from '../architecture/sagas.js';
import { neededBy, referenceTo, type Schema, schemasOf } from './json-schema.js';
import { headerSchemas } from './message-headers.js';
import { readProto } from './proto-image.js';

interface Reference {
  readonly $ref: string;
}

export interface Channel {
  readonly address: string | null;
  readonly description: string;
  readonly messages: Readonly<Record<string, Reference>>;
}

export interface Operation {
  readonly action: 'send' | 'receive';
  readonly channel: Reference;
  readonly summary: string;
  readonly messages: readonly Reference[];
  readonly reply?: object;
}

export interface Message {
  readonly name: string;
  readonly summary?: unknown;
  readonly headers: Reference;
  readonly payload: Reference;
  /** The codes of its failure replies. */
  readonly 'x-failure-codes'?: readonly string[];
}

/** An AsyncAPI 3.0 document, as far as it is written and compared here. */
export interface AsyncApi {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>>; readonly schemas: Readonly<Record<string, Schema>> };
}

/** What the documents are made of. */
interface Contracts {
  readonly version: string;
  readonly flows: readonly Flow[];
  /** The topics of replies, with the owner of the saga and the types of the replies. */
  readonly replies: ReadonlyMap<string, { readonly owner: string; readonly types: readonly string[] }>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** The channel that a command names in its header. */
const replyTo = 'replies';
const refused = 'ftgo.common.v1.CommandRefused';

const about = `Messages are CloudEvents 1.0 in the Kafka binary binding: the attributes are headers, the payload is the value. Payloads are
JSON (ProtoJSON) or protobuf, as \`content-type\` states; receivers accept both, ignore unknown fields, and skip unknown types. Delivery
is at least once and in order for each key: \`ce_id\` identifies duplicates.`;

/** The channels, messages and operations of all apps in one document, or those of one app. */
export async function asyncApi(root: string, app?: string): Promise<AsyncApi> {
  const contracts = await contractsOf(root);
  const operations = Object.fromEntries(
    Object.entries(operationsOf(contracts)).filter(([name]) => app === undefined || name.startsWith(`${app}.`)),
  );
  const channels = usedBy(operations, channelsOf(contracts));
  const messages = messagesOf(channels, contracts);
  return {
    asyncapi: '3.0.0',
    info: { title: app ?? 'FTGO', version: contracts.version, description: about },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages, schemas: neededBy(messages, { ...contracts.schemas, ...headerSchemas }) },
  };
}

async function contractsOf(root: string): Promise<Contracts> {
  const { version } = JSON.parse(readFileSync(join(root, 'definitions', 'version.json'), 'utf8')) as { version: string };
  const sagas = await sagasOf(root);
  const topics = Map.groupBy(sagas, ({ saga }) => saga.replies.topic);
  const replies = [...topics].map(([topic, of]) => {
    const works = of.flatMap(({ saga }) => saga.steps.flatMap(({ action, undo }) => [action, undo]));
    const types = works.flatMap((work) => (work?.kind === 'invoke' ? (work.command.reply?.typeName ?? []) : []));
    return [topic, { owner: of[0]?.file.split('/')[1] ?? '', types: [...new Set([...types, refused])].toSorted() }] as const;
  });
  return {
    version,
    flows: await messageFlows(root),
    replies: new Map(replies.toSorted(([one], [other]) => (one < other ? -1 : 1))),
    schemas: schemasOf(readProto(root)),
  };
}

const inChannel = (topic: string, type: string): Reference => ({ $ref: `#/channels/${topic}/messages/${type}` });
const channelOf = (topic: string): Reference => ({ $ref: `#/channels/${topic}` });
const referencesOf = (types: readonly string[]) =>
  Object.fromEntries(types.toSorted().map((type) => [type, { $ref: `#/components/messages/${type}` }]));

function channelsOf({ flows, replies }: Contracts): Record<string, Channel> {
  const topics = [...Map.groupBy(flows, ({ topic }) => topic)].map(([topic, on]): [string, Channel] => [
    topic,
    {
      address: topic,
      description: on[0]?.kind === 'event' ? 'Events, for any number of subscribers' : 'Commands, for the service that owns the channel',
      messages: referencesOf(on.map(({ declared }) => declared.payload.typeName)),
    },
  ]);
  const ofSagas = [...replies].map(([topic, { types }]): [string, Channel] => [
    topic,
    { address: topic, description: 'Replies to the commands of a saga', messages: referencesOf(types) },
  ]);
  const all = [...new Set(flows.flatMap(({ declared }) => declared.reply?.typeName ?? [])), refused];
  const description = `The channel that the command names in ce_replyto: ${[...replies.keys()].join(', ')}`;
  const fixed = [...topics, ...ofSagas].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries([...fixed, [replyTo, { address: null, description, messages: referencesOf(all) }]]);
}

/** By name, `kitchen-service.receive.CreateTicket`: events of a channel together, commands one by one, with their replies. */
function operationsOf({ flows, replies }: Contracts): Record<string, Operation> {
  const events = flows.filter(({ kind }) => kind === 'event');
  const commands = flows.filter(({ kind }) => kind === 'command');
  const all = [
    ...(['send', 'receive'] as const).flatMap((action) => [
      ...eventOperations(action, events),
      ...commands.flatMap((flow) => appsOf(flow, action).map((app) => commandOperation(app, action, flow))),
    ]),
    ...[...replies].map(([topic, { owner, types }]): [string, Operation] => [
      `${owner}.receive.${topic}`,
      {
        action: 'receive',
        channel: channelOf(topic),
        summary: 'Continues the saga',
        messages: types.map((type) => inChannel(topic, type)),
      },
    ]),
  ];
  return Object.fromEntries(all.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

const appsOf = ({ from, to }: Flow, action: Operation['action']) => (action === 'send' ? from : to);

function eventOperations(action: Operation['action'], events: readonly Flow[]): Array<[string, Operation]> {
  const summary = action === 'send' ? 'Publishes what has happened' : 'Acts on what has happened';
  return [...Map.groupBy(events, ({ topic }) => topic)].flatMap(([topic, on]) => {
    const apps = [...new Set(on.flatMap((flow) => appsOf(flow, action)))];
    return apps.map((app): [string, Operation] => {
      const types = on.filter((flow) => appsOf(flow, action).includes(app)).map(({ declared }) => declared.payload.typeName);
      const messages = types.toSorted().map((type) => inChannel(topic, type));
      return [`${app}.${action}.${topic}`, { action, channel: channelOf(topic), summary, messages }];
    });
  });
}

function commandOperation(app: string, action: Operation['action'], { name, topic, declared }: Flow): [string, Operation] {
  const { payload, reply } = declared;
  const replies = reply && {
    address: { location: '$message.header#/ce_replyto', description: 'The reply channel of the saga' },
    channel: channelOf(replyTo),
    messages: [reply.typeName, refused].map((type) => inChannel(replyTo, type)),
  };
  const summary = action === 'send' ? `Sends ${name}` : `Executes ${name}${reply ? ' and replies' : ''}`;
  const operation = { action, channel: channelOf(topic), summary, messages: [inChannel(topic, payload.typeName)] };
  return [`${app}.${action}.${name}`, replies ? { ...operation, reply: replies } : operation];
}

/** The channels that operations use, each with only the messages that they send, receive or reply with. */
function usedBy(operations: Readonly<Record<string, Operation>>, channels: Readonly<Record<string, Channel>>): Record<string, Channel> {
  const text = JSON.stringify(operations);
  const used = Object.entries(channels).flatMap(([name, channel]): Array<[string, Channel]> => {
    const messages = Object.entries(channel.messages).filter(([type]) => text.includes(`"${inChannel(name, type).$ref}"`));
    return messages.length > 0 ? [[name, { ...channel, messages: Object.fromEntries(messages) }]] : [];
  });
  return Object.fromEntries(used);
}

function messagesOf(channels: Readonly<Record<string, Channel>>, { flows, schemas }: Contracts): Record<string, Message> {
  const types = [...new Set(Object.values(channels).flatMap(({ messages }) => Object.keys(messages)))].toSorted();
  return Object.fromEntries(
    types.map((type) => [
      type,
      messageOf(
        type,
        flows.find(({ declared }) => declared.payload.typeName === type),
        schemas,
      ),
    ]),
  );
}

function messageOf(type: string, flow: Flow | undefined, schemas: Contracts['schemas']): Message {
  const headers = flow ? (flow.kind === 'event' ? 'EventHeaders' : 'CommandHeaders') : 'ReplyHeaders';
  const { refusals = [] } = flow?.declared ?? {};
  const { description } = schemas[type] ?? {};
  return {
    name: type,
    ...(description !== undefined && { summary: description }),
    headers: { $ref: referenceTo(headers) },
    payload: { $ref: referenceTo(type) },
    ...(refusals.length > 0 && { 'x-failure-codes': refusals.toSorted() }),
  };
}
