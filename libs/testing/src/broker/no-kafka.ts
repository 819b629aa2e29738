/** The variable in which the global setup passes the reason to the specs. */
export const noKafkaVariable = 'FTGO_TEST_NO_KAFKA';

/** Why specs about Kafka itself cannot run here; undefined if they can. Without Kafka, all others run on PostgreSQL. */
export const noKafka = process.env[noKafkaVariable] || undefined;

/** A suffix for the title of a describe: why it is skipped, if it is. */
export const becauseNoKafka = noKafka ? ` (${noKafka})` : '';
