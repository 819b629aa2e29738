import { RespondsWith, TakesIdempotencyKey } from '@ftgo/platform';
import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { startingAt } from '../start-key.js';
import {
  createRestaurantRequest,
  createRestaurantResponse,
  listQuery,
  listResponse,
  menuItemIdParam,
  type RestaurantResponse,
  restaurantIdParam,
  restaurantJson,
  restaurantResponse,
  reviseMenuRequest,
  updateRestaurantRequest,
} from './restaurant.http.dto.js';
import { RestaurantServiceProxy } from './restaurant-service.proxy.js';

@Controller('restaurants')
export class RestaurantHttpController {
  constructor(private readonly restaurants: RestaurantServiceProxy) {}

  @Post()
  @TakesIdempotencyKey()
  @RespondsWith(createRestaurantResponse)
  async createRestaurant(@Body({ schema: createRestaurantRequest }) request: z.output<typeof createRestaurantRequest>) {
    const { restaurantId } = await this.restaurants.createRestaurant(request);
    return { id: restaurantId };
  }

  @Get()
  @RespondsWith(listResponse)
  async listRestaurants(@Query({ schema: listQuery }) { pageSize, startKey }: z.output<typeof listQuery>) {
    const { restaurants, nextPageToken } = await startingAt(this.restaurants.listRestaurants({ pageSize, pageToken: startKey }));
    return { restaurants: restaurants.map(restaurantJson), startKey: nextPageToken || null };
  }

  @Get(':id')
  @RespondsWith(restaurantResponse)
  async getRestaurant(@Param('id', { schema: restaurantIdParam }) restaurantId: number): Promise<RestaurantResponse> {
    return restaurantJson((await this.restaurants.getRestaurant({ restaurantId })).restaurant);
  }

  @Put(':id')
  @RespondsWith(restaurantResponse)
  async updateRestaurant(
    @Param('id', { schema: restaurantIdParam }) restaurantId: number,
    @Body({ schema: updateRestaurantRequest }) profile: z.output<typeof updateRestaurantRequest>,
  ): Promise<RestaurantResponse> {
    return restaurantJson((await this.restaurants.updateRestaurant({ restaurantId, ...profile })).restaurant);
  }

  @Put(':id/menu')
  @RespondsWith(restaurantResponse)
  async reviseMenu(
    @Param('id', { schema: restaurantIdParam }) restaurantId: number,
    @Body({ schema: reviseMenuRequest }) menu: z.output<typeof reviseMenuRequest>,
  ): Promise<RestaurantResponse> {
    return restaurantJson((await this.restaurants.reviseMenu({ restaurantId, menu })).restaurant);
  }

  @Delete(':id/menu/:itemId')
  @RespondsWith(restaurantResponse)
  async removeMenuItem(
    @Param('id', { schema: restaurantIdParam }) restaurantId: number,
    @Param('itemId', { schema: menuItemIdParam }) menuItemId: string,
  ): Promise<RestaurantResponse> {
    return restaurantJson((await this.restaurants.removeMenuItem({ restaurantId, menuItemId })).restaurant);
  }
}
