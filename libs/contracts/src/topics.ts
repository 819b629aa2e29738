import type { Channel } from '@ftgo/messaging';
import type { TopicSpec } from '@ftgo/messaging/broker';

const partitions = 6;
const hourMs = 60 * 60 * 1000;
const sevenDaysMs = 7 * 24 * hourMs;

/** The topics of a service: events are kept forever, so that a replica can be built at any time; other messages for a week. */
export const topicsOf = (...channels: readonly Channel[]): readonly TopicSpec[] =>
  channels.map(({ topic, kind }) => ({ topic, partitions, retentionMs: kind === 'events' ? -1 : sevenDaysMs }));

/** Topics of events from which no replica is built. */
export const topicsForAWeek = (...channels: readonly Channel[]): readonly TopicSpec[] =>
  channels.map(({ topic }) => ({ topic, partitions, retentionMs: sevenDaysMs }));

/** Topics of messages that are read when they are sent, or never. */
export const topicsForAnHour = (...channels: readonly Channel[]): readonly TopicSpec[] =>
  channels.map(({ topic }) => ({ topic, partitions, retentionMs: hourMs }));
