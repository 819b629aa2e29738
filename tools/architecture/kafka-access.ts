import { channels, courierPositions, services, topicsSentBy } from '@ftgo/contracts/channels';
import { stringify } from 'yaml';
import { type Drawing, page } from './drawing.js';
import { messageFlows } from './messages.js';

/** Who may do what with a topic, or with consumer groups; in the form of a KafkaUser of Strimzi. */
interface AccessRule {
  readonly resource: { readonly type: 'topic' | 'group'; readonly name: string; readonly patternType: 'literal' | 'prefix' };
  readonly operations: readonly string[];
}

/** A user of Kafka; it may do nothing else. */
interface KafkaUser {
  readonly name: string;
  readonly acls: readonly AccessRule[];
}

/** The services that send on a topic, and the apps that read it, in a group of their own or without one. */
interface TopicAccess {
  readonly topic: string;
  readonly owner: string;
  /** Whether its owner writes it itself: what is not stored has no outbox. */
  readonly isDirect: boolean;
  /** The services for which the relay writes it. */
  readonly writers: readonly string[];
  readonly readers: readonly string[];
  readonly followers: readonly string[];
}

/** The user with which the relay publishes the outbox of a service. */
const relayOf = (service: string): string => `${service}-relay`;

const topicRule = (name: string, ...operations: string[]): AccessRule => ({
  resource: { type: 'topic', name, patternType: 'literal' },
  operations,
});
const groupRule = (name: string, patternType: 'literal' | 'prefix'): AccessRule => ({
  resource: { type: 'group', name, patternType },
  operations: ['Read'],
});

/** `ftgo.orderhistory.events` belongs to order-history-service. */
function ownerOf(topic: string): string {
  const owner = services.find((service) => service.replace(/-service$/, '').replaceAll('-', '') === topic.split('.')[1]);
  if (!owner) throw new Error(`topic ${topic} is not named after a service`);
  return owner;
}

const directChannels: readonly (typeof channels)[number][] = [courierPositions];

/** From the declared channels, and the handlers in the sources. */
async function topicAccess(root: string): Promise<TopicAccess[]> {
  const flows = await messageFlows(root);
  const accessOf = (channel: (typeof channels)[number]): TopicAccess => {
    const { topic, kind } = channel;
    const isDirect = directChannels.includes(channel);
    const owner = ownerOf(topic);
    const handling = flows.filter((flow) => flow.topic === topic).flatMap(({ to }) => to);
    const reading = new Set([...handling, ...(kind === 'events' ? [] : [owner])]);
    const writers = services.filter((service) => topicsSentBy(service).has(topic));
    const readers = services.filter((service) => reading.has(service));
    return { topic, owner, isDirect, writers, readers, followers: [...reading].filter((app) => !services.includes(app)).toSorted() };
  };
  return [...channels, ...directChannels].map(accessOf).toSorted((a, b) => a.topic.localeCompare(b.topic));
}

/** A service reads what it handles, and what it sends: it compares its outbox with the topics. The relay writes for it. */
function usersFor(topics: readonly TopicAccess[]): KafkaUser[] {
  const ofServices = services.flatMap((service): KafkaUser[] => {
    const sent = topics.filter(({ writers }) => writers.includes(service));
    const read = topics.filter(({ readers, writers, owner }) => [...readers, ...writers, owner].includes(service));
    const reading = read.map(({ topic, owner, isDirect }) => {
      const ofOwner = isDirect ? ['Create', 'Write'] : ['Create'];
      return topicRule(topic, 'Describe', 'Read', ...(owner === service ? ofOwner : []));
    });
    return [
      { name: service, acls: [...reading, groupRule(service, 'literal'), groupRule(`${service}.`, 'prefix')] },
      { name: relayOf(service), acls: sent.map(({ topic }) => topicRule(topic, 'Describe', 'Write')) },
    ];
  });
  const followers = [...new Set(topics.flatMap((each) => each.followers))].map((app) => ({
    name: app,
    acls: topics.filter(({ followers: those }) => those.includes(app)).map(({ topic }) => topicRule(topic, 'Describe', 'Read')),
  }));
  return [...ofServices, ...followers];
}

/** Strimzi's topics are declared, so no service creates any. */
const strimziUser = ({ name, acls }: KafkaUser) => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaUser',
  metadata: { name, labels: { 'strimzi.io/cluster': 'ftgo' } },
  spec: {
    authentication: { type: 'scram-sha-512' },
    authorization: {
      type: 'simple',
      acls: acls.map(({ resource, operations }) => ({ resource, operations: operations.filter((each) => each !== 'Create') })),
    },
  },
});

const secretFolder = '/run/secrets/kafka';
const relayApp = 'outbox-relay';

/** How the pods of an app get the certificate of Kafka's authority, and the passwords of its users. */
function deploymentPatch(app: string, users: readonly string[], userSetting: string) {
  const certificate = { secret: { name: 'ftgo-cluster-ca-cert', items: [{ key: 'ca.crt', path: 'ca.crt' }] } };
  const passwords = users.map((user) => ({ secret: { name: `kafka-${user}`, items: [{ key: 'password', path: user }] } }));
  const env = [
    { name: 'FTGO_KAFKA_TLS_CA_FILE', value: `${secretFolder}/ca.crt` },
    { name: 'FTGO_KAFKA_USERNAME', value: userSetting },
    { name: 'FTGO_KAFKA_PASSWORD_FILE', value: `${secretFolder}/${userSetting}` },
  ];
  const volumeMounts = [{ name: 'kafka', mountPath: secretFolder, readOnly: true }];
  const volumes = [{ name: 'kafka', projected: { sources: [certificate, ...passwords] } }];
  const spec = { template: { spec: { containers: [{ name: 'app', env, volumeMounts }], volumes } } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: app }, spec };
}

/** A file of Kubernetes with these objects. */
export const yaml = (documents: readonly object[]): string => {
  const texts = documents.map((document) => stringify(document, { lineWidth: 0 }));
  return `# ${generated} from the contracts.\n${texts.join('---\n')}`;
};

const generated = 'Generated by `npm run generate`';

/** As the formatter writes it. */
const operationsInLine = (json: string): string =>
  json.replaceAll(/\[([\s"A-Z,]+)\]/gi, (_, list: string) => `[${list.trim().replaceAll(/\s+/g, ' ')}]`);

/** For the Kafka of npm start. */
export const accessFile: Drawing = {
  file: 'libs/runner/kafka/access.json',
  draw: async (root) => `${operationsInLine(JSON.stringify(usersFor(await topicAccess(root)), undefined, 2))}\n`,
};

/** For a cluster. */
export const strimziUsers: Drawing = {
  file: 'k8s/components/strimzi-secure/users.yaml',
  draw: async (root) => {
    return yaml(usersFor(await topicAccess(root)).map(strimziUser));
  },
};

/** The same users, for the pods. */
export const strimziDeployments: Drawing = {
  file: 'k8s/components/strimzi-secure/deployments.yaml',
  draw: async (root) => {
    const users = usersFor(await topicAccess(root)).map(({ name }) => name);
    const relays = services.map(relayOf);
    const apps = users.filter((user) => !relays.includes(user));
    return yaml([...apps.map((app) => deploymentPatch(app, [app], app)), deploymentPatch(relayApp, relays, relayOf('{service}'))]);
  },
};

/** For readers. */
export const kafkaAccessPage: Drawing = {
  file: 'docs/architecture/kafka-access.md',
  draw: async (root) => {
    const rows = (await topicAccess(root)).map(({ topic, owner, isDirect, writers, readers, followers }) => {
      const writing = isDirect ? [owner] : writers.map(relayOf);
      const without = followers.map((app) => `${app} (no group)`);
      return `| \`${topic}\` | ${owner} | ${writing.join(', ')} | ${[...readers, ...without].join(', ')} |`;
    });
    return page(
      'Access to Kafka',
      'The users of a secured Kafka, by topic, from the channels of the contracts and the handlers of the apps.',
      'A service reads in the group with its own name, and in groups whose names begin with it and a dot, for rebuilds and audits.',
      'It also reads the topics on which it sends, to compare them with its outbox, and creates the topics that it owns. It writes nothing:',
      'the relay publishes the outbox of each service as a user of its own, which reads nothing. The exceptions are the positions of',
      'couriers, which are not stored: delivery-service writes them itself. Everything else is denied.',
      '',
      '| Topic | Owner | Written by | Read by the groups of |',
      '|---|---|---|---|',
      ...rows,
    );
  },
};
