/** The place of a record in the broker. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
}

/** As operators enter it: `ftgo.restaurant.events/0/42`. */
export const textOfPlace = ({ topic, partition, position }: Place): string => `${topic}/${partition}/${position}`;

/** Something wrong with the messages of a service. */
export interface MessageProblem {
  readonly kind: 'lost' | 'foreign' | 'changed' | 'out-of-order' | 'gap' | 'answers' | 'unhandled';
  /** Of the message, the aggregate or the step of a saga. */
  readonly id: string;
  readonly what: string;
  readonly place?: Place | undefined;
}
