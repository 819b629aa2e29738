import type { RestaurantId } from '@ftgo/ftgo';
import { RespondsWith, TakesIdempotencyKey } from '@ftgo/platform';
import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { cursorOf } from './page-cursor.js';
import {
  type CreateRestaurantRequest,
  createRestaurantRequest,
  createRestaurantResponse,
  type ListQuery,
  type ListResponse,
  listQuery,
  listResponse,
  menuItemIdParam,
  type RestaurantResponse,
  type ReviseMenuRequest,
  restaurantIdParam,
  restaurantJson,
  restaurantResponse,
  reviseMenuRequest,
  type UpdateRestaurantRequest,
  updateRestaurantRequest,
} from './restaurant.http.dto.js';
import { RestaurantService } from './restaurant.service.js';

@Controller('restaurants')
export class RestaurantHttpController {
  constructor(private readonly service: RestaurantService) {}

  @Post()
  @TakesIdempotencyKey()
  @RespondsWith(createRestaurantResponse)
  async createRestaurant(@Body({ schema: createRestaurantRequest }) { menu, ...profile }: CreateRestaurantRequest) {
    return { id: await this.service.createRestaurant(profile, menu) };
  }

  @Get()
  @RespondsWith(listResponse)
  async listRestaurants(@Query({ schema: listQuery }) { pageSize, startKey }: ListQuery): Promise<ListResponse> {
    const { restaurants, continueAfter } = await this.service.listRestaurants({ after: startKey, size: pageSize });
    return { restaurants: restaurants.map(restaurantJson), startKey: continueAfter === undefined ? null : cursorOf(continueAfter) };
  }

  @Get(':id')
  @RespondsWith(restaurantResponse)
  async getRestaurant(@Param('id', { schema: restaurantIdParam }) id: RestaurantId): Promise<RestaurantResponse> {
    return restaurantJson(await this.service.getRestaurant(id));
  }

  @Put(':id')
  @RespondsWith(restaurantResponse)
  async updateRestaurant(
    @Param('id', { schema: restaurantIdParam }) id: RestaurantId,
    @Body({ schema: updateRestaurantRequest }) profile: UpdateRestaurantRequest,
  ): Promise<RestaurantResponse> {
    return restaurantJson(await this.service.updateRestaurant(id, profile));
  }

  @Put(':id/menu')
  @RespondsWith(restaurantResponse)
  async reviseMenu(
    @Param('id', { schema: restaurantIdParam }) id: RestaurantId,
    @Body({ schema: reviseMenuRequest }) menu: ReviseMenuRequest,
  ): Promise<RestaurantResponse> {
    return restaurantJson(await this.service.reviseMenu(id, menu));
  }

  @Delete(':id/menu/:itemId')
  @RespondsWith(restaurantResponse)
  async removeMenuItem(
    @Param('id', { schema: restaurantIdParam }) id: RestaurantId,
    @Param('itemId', { schema: menuItemIdParam }) itemId: string,
  ): Promise<RestaurantResponse> {
    return restaurantJson(await this.service.removeMenuItem(id, itemId));
  }
}
