/** The place of a record, as one text. */
export const placeOf = ({ topic, partition, position }: { topic: string; partition: number; position: string }): string =>
  `${topic}/${partition}/${position}`;
