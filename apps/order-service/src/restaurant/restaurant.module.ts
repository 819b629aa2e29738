import { RestaurantReplicaModule } from '@ftgo/restaurant-replica';
import { Module } from '@nestjs/common';
import { Menus } from './menus.js';

@Module({
  imports: [RestaurantReplicaModule.keeping('name', 'menuItems', 'orderMinimum')],
  providers: [Menus],
  exports: [Menus],
})
export class RestaurantModule {}
