import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import type { RestaurantId } from '@ftgo/ftgo';
import {
  AcceptsIdempotencyKey,
  AcceptsIfMatch,
  Allow,
  ExpectedVersions,
  HasETag,
  MayBeCached,
  RepresentedAs,
  RespondsWith,
  type Tagged,
} from '@ftgo/platform';
import {
  createRestaurantRequest,
  createRestaurantResponse,
  menuItemIdParam,
  type RestaurantResponse,
  restaurantForms,
  restaurantIdParam,
  restaurantJson,
  restaurantResponse,
  restaurantsResponse,
  reviseMenuRequest,
  taggedRestaurant,
  taggedRestaurantJson,
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

  @Allow('restaurant', 'operator')
  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(createRestaurantResponse)
  async createRestaurant(@Body({ schema: createRestaurantRequest }) request: z.output<typeof createRestaurantRequest>) {
    const { restaurantId } = await this.restaurants.createRestaurant(request);
    return { id: restaurantId };
  }

  @Allow('consumer', 'restaurant', 'courier', 'operator', 'service')
  @Get()
  @MayBeCached()
  @RespondsWith(restaurantsResponse)
  async listRestaurants(@Query({ schema: listQuery }) { pageSize, startKey }: z.output<typeof listQuery>) {
    const { restaurants, nextPageToken } = await startingAt(this.restaurants.listRestaurants({ pageSize, pageToken: startKey }));
    return { restaurants: restaurants.map(restaurantJson), startKey: nextPageToken || null };
  }

  @Allow('consumer', 'restaurant', 'courier', 'operator', 'service')
  @Get(':id')
  @MayBeCached()
  @HasETag({ isRead: true })
  @RepresentedAs(restaurantForms)
  async getRestaurant(@Param('id', { schema: restaurantIdParam }) restaurantId: RestaurantId): Promise<Tagged<RestaurantDetails>> {
    return taggedRestaurant((await this.restaurants.getRestaurant({ restaurantId })).restaurant);
  }

  @Allow('restaurant', 'operator')
  @Put(':id')
  @AcceptsIfMatch()
  @HasETag()
  @RespondsWith(restaurantResponse)
  async updateRestaurant(
    @Param('id', { schema: restaurantIdParam }) restaurantId: RestaurantId,
    @Body({ schema: updateRestaurantRequest }) profile: z.output<typeof updateRestaurantRequest>,
    @ExpectedVersions() versions: readonly number[] | undefined,
  ): Promise<Tagged<RestaurantResponse>> {
    const expected = versions && { versions };
    return taggedRestaurantJson((await this.restaurants.updateRestaurant({ restaurantId, ...profile, expected })).restaurant);
  }

  @Allow('restaurant', 'operator')
  @Put(':id/menu')
  @AcceptsIfMatch()
  @HasETag()
  @RespondsWith(restaurantResponse)
  async reviseMenu(
    @Param('id', { schema: restaurantIdParam }) restaurantId: RestaurantId,
    @Body({ schema: reviseMenuRequest }) menu: z.output<typeof reviseMenuRequest>,
    @ExpectedVersions() versions: readonly number[] | undefined,
  ): Promise<Tagged<RestaurantResponse>> {
    const expected = versions && { versions };
    return taggedRestaurantJson((await this.restaurants.reviseMenu({ restaurantId, menu, expected })).restaurant);
  }

  @Allow('restaurant', 'operator')
  @Delete(':id/menu/:itemId')
  @AcceptsIfMatch()
  @HasETag()
  @RespondsWith(restaurantResponse)
  async removeMenuItem(
    @Param('id', { schema: restaurantIdParam }) restaurantId: RestaurantId,
    @Param('itemId', { schema: menuItemIdParam }) menuItemId: string,
    @ExpectedVersions() versions: readonly number[] | undefined,
  ): Promise<Tagged<RestaurantResponse>> {
    const expected = versions && { versions };
    return taggedRestaurantJson((await this.restaurants.removeMenuItem({ restaurantId, menuItemId, expected })).restaurant);
  }
}
