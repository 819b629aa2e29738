/** The variable by which the global set-up tells the specs. */
export const noKafkaVariable = 'FTGO_TEST_NO_KAFKA';

/** Why specs about Kafka itself cannot run here; undefined where they can. All others run on PostgreSQL then. */
export const noKafka = process.env[noKafkaVariable] || undefined;

/** For the title of a describe: why it is skipped, if it is. */
export const becauseNoKafka = noKafka ? ` (${noKafka})` : '';
