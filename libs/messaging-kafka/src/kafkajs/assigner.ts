import { assign } from '@ftgo/messaging/broker';
import kafkajs, { type Assigner } from 'kafkajs';
import { protocolName } from '../group-protocol.js';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const version = 1;
const nothingOwned: ReadonlySet<string> = new Set();

/**
 * Assigns partitions like the native client, under the same name, so that both can be members of one group. Unlike the assigner
 * of kafkajs, it allows for members of different releases that subscribe to different topics.
 */
export const balanced =
  (partitions: () => Promise<ReadonlyMap<string, number>>): (() => Assigner) =>
  () => ({
    name: protocolName,
    version,
    protocol: ({ topics }) => ({ name: protocolName, metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }) }),
    assign: async ({ members }) => {
      const subscribed = members.map(({ memberId, memberMetadata }) => {
        const topics = MemberMetadata.decode(memberMetadata)?.topics ?? [];
        return { id: memberId, topics, owned: nothingOwned };
      });
      const wanted = new Set(subscribed.flatMap(({ topics }) => topics));
      const existing = new Map([...(await partitions())].filter(([topic]) => wanted.has(topic)));
      return [...assign(subscribed, existing)].map(([memberId, share]) => {
        const byTopic = Map.groupBy(share, ({ topic }) => topic);
        const assignment = Object.fromEntries([...byTopic].map(([topic, of]) => [topic, of.map(({ partition }) => partition)]));
        return { memberId, memberAssignment: MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }) };
      });
    },
  });
