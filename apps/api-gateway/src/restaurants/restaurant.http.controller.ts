import type { RestaurantId } from '@ftgo/ftgo';
import { AcceptsIdempotencyKey, MayBeCached, RespondsWith } from '@ftgo/platform';
import {
  createRestaurantRequest,
  createRestaurantResponse,
  menuItemIdParam,
  type RestaurantResponse,
  restaurantIdParam,
  restaurantJson,
  restaurantResponse,
  restaurantsResponse,
  reviseMenuRequest,
  updateRestaurantRequest,
} from '@ftgo/rest/restaurant';
import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { startingAt } from '../start-key.js';
import { listQuery } from './restaurant.http.dto.js';
import { RestaurantServiceProxy } from './restaurant-service.proxy.js';

@Controller('restaurants')
export class RestaurantHttpController {
  constructor(private readonly restaurants: RestaurantServiceProxy) {}

  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(createRestaurantResponse)
  async createRestaurant(@Body({ schema: createRestaurantRequest }) request: z.output<typeof createRestaurantRequest>) {
    const { restaurantId } = await this.restaurants.createRestaurant(request);
    return { id: restaurantId };
  }

  @Get()
  @MayBeCached()
  @RespondsWith(restaurantsResponse)
  async listRestaurants(@Query({ schema: listQuery }) { pageSize, startKey }: z.output<typeof listQuery>) {
    const { restaurants, nextPageToken } = await startingAt(this.restaurants.listRestaurants({ pageSize, pageToken: startKey }));
    return { restaurants: restaurants.map(restaurantJson), startKey: nextPageToken || null };
  }

  @Get(':id')
  @MayBeCached()
  @RespondsWith(restaurantResponse)
  async getRestaurant(@Param('id', { schema: restaurantIdParam }) restaurantId: RestaurantId): Promise<RestaurantResponse> {
    return restaurantJson((await this.restaurants.getRestaurant({ restaurantId })).restaurant);
  }

  @Put(':id')
  @RespondsWith(restaurantResponse)
  async updateRestaurant(
    @Param('id', { schema: restaurantIdParam }) restaurantId: RestaurantId,
    @Body({ schema: updateRestaurantRequest }) profile: z.output<typeof updateRestaurantRequest>,
  ): Promise<RestaurantResponse> {
    return restaurantJson((await this.restaurants.updateRestaurant({ restaurantId, ...profile })).restaurant);
  }

  @Put(':id/menu')
  @RespondsWith(restaurantResponse)
  async reviseMenu(
    @Param('id', { schema: restaurantIdParam }) restaurantId: RestaurantId,
    @Body({ schema: reviseMenuRequest }) menu: z.output<typeof reviseMenuRequest>,
  ): Promise<RestaurantResponse> {
    return restaurantJson((await this.restaurants.reviseMenu({ restaurantId, menu })).restaurant);
  }

  @Delete(':id/menu/:itemId')
  @RespondsWith(restaurantResponse)
  async removeMenuItem(
    @Param('id', { schema: restaurantIdParam }) restaurantId: RestaurantId,
    @Param('itemId', { schema: menuItemIdParam }) menuItemId: string,
  ): Promise<RestaurantResponse> {
    return restaurantJson((await this.restaurants.removeMenuItem({ restaurantId, menuItemId })).restaurant);
  }
}
