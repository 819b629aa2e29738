import { sqlMigration } from '@ftgo/platform';

/** When the last change of a restaurant was published, as a migration of the service with this number. */
export const restaurantTimes = (number: number) =>
  sqlMigration(
    'RestaurantTimes',
    number,
    ['ALTER TABLE restaurants ADD COLUMN changed_at timestamptz'],
    ['ALTER TABLE restaurants DROP COLUMN changed_at'],
  );
