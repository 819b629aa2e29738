import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import type { RestaurantId } from '@ftgo/ftgo';
import {
  AcceptsIdempotencyKey,
  AcceptsIfMatch,
  Allow,
  ExpectedVersions,
  HasETag,
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
import { Menu } from './menu.js';
import { cursorOf } from './page-cursor.js';
import { detailsOf, profileOf } from './restaurant.details.js';
import { listQuery } from './restaurant.http.dto.js';
import type { Restaurant } from './restaurant.js';
import { RestaurantService } from './restaurant.service.js';

@Controller('restaurants')
export class RestaurantHttpController {
  constructor(private readonly service: RestaurantService) {}

  @Allow('restaurant', 'operator')
  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(createRestaurantResponse)
  async createRestaurant(@Body({ schema: createRestaurantRequest }) { menu, ...profile }: z.output<typeof createRestaurantRequest>) {
    return { id: await this.service.createRestaurant(profileOf(profile), Menu.of(menu.menuItems)) };
  }

  @Allow('consumer', 'restaurant', 'courier', 'operator', 'service')
  @Get()
  @RespondsWith(restaurantsResponse)
  async listRestaurants(@Query({ schema: listQuery }) { pageSize, startKey }: z.output<typeof listQuery>) {
    const { restaurants, continueAfter } = await this.service.listRestaurants({ after: startKey, size: pageSize });
    return { restaurants: restaurants.map(shown), startKey: continueAfter === undefined ? null : cursorOf(continueAfter) };
  }

  @Allow('consumer', 'restaurant', 'courier', 'operator', 'service')
  @Get(':id')
  @HasETag({ isRead: true })
  @RepresentedAs(restaurantForms)
  async getRestaurant(@Param('id', { schema: restaurantIdParam }) id: RestaurantId): Promise<Tagged<RestaurantDetails>> {
    return taggedRestaurant(detailsOf(await this.service.getRestaurant(id)));
  }

  @Allow('restaurant', 'operator')
  @Put(':id')
  @AcceptsIfMatch()
  @HasETag()
  @RespondsWith(restaurantResponse)
  async updateRestaurant(
    @Param('id', { schema: restaurantIdParam }) id: RestaurantId,
    @Body({ schema: updateRestaurantRequest }) profile: z.output<typeof updateRestaurantRequest>,
    @ExpectedVersions() expected: readonly number[] | undefined,
  ): Promise<Tagged<RestaurantResponse>> {
    return tagged(await this.service.updateRestaurant(id, profileOf(profile), expected));
  }

  @Allow('restaurant', 'operator')
  @Put(':id/menu')
  @AcceptsIfMatch()
  @HasETag()
  @RespondsWith(restaurantResponse)
  async reviseMenu(
    @Param('id', { schema: restaurantIdParam }) id: RestaurantId,
    @Body({ schema: reviseMenuRequest }) { menuItems }: z.output<typeof reviseMenuRequest>,
    @ExpectedVersions() expected: readonly number[] | undefined,
  ): Promise<Tagged<RestaurantResponse>> {
    return tagged(await this.service.reviseMenu(id, Menu.of(menuItems), expected));
  }

  @Allow('restaurant', 'operator')
  @Delete(':id/menu/:itemId')
  @AcceptsIfMatch()
  @HasETag()
  @RespondsWith(restaurantResponse)
  async removeMenuItem(
    @Param('id', { schema: restaurantIdParam }) id: RestaurantId,
    @Param('itemId', { schema: menuItemIdParam }) itemId: string,
    @ExpectedVersions() expected: readonly number[] | undefined,
  ): Promise<Tagged<RestaurantResponse>> {
    return tagged(await this.service.removeMenuItem(id, itemId, expected));
  }
}

const shown = (restaurant: Restaurant): RestaurantResponse => restaurantJson(detailsOf(restaurant));

const tagged = (restaurant: Restaurant): Tagged<RestaurantResponse> => taggedRestaurantJson(detailsOf(restaurant));
