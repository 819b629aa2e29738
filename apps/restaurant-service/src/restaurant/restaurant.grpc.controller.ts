import {
  type BatchGetRestaurantsRequest,
  type BatchGetRestaurantsResponse,
  type CreateRestaurantRequest,
  type CreateRestaurantResponse,
  type GetRestaurantRequest,
  type GetRestaurantResponse,
  type ListRestaurantsRequest,
  type ListRestaurantsResponse,
  type RemoveMenuItemRequest,
  type RemoveMenuItemResponse,
  type RestaurantDetails,
  RestaurantServiceApi,
  type ReviseMenuRequest,
  type ReviseMenuResponse,
  type UpdateRestaurantRequest,
  type UpdateRestaurantResponse,
} from '@ftgo/contracts/restaurant';
import { restaurantId } from '@ftgo/ftgo';
import { maxPageSize, moneyValue, nonEmptyText, valid } from '@ftgo/platform';
import { Rpc } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { cursorOf, pageCursor } from './page-cursor.js';
import { menuFields, profileFields } from './restaurant.fields.js';
import type { Restaurant } from './restaurant.js';
import { RestaurantService } from './restaurant.service.js';

const createRequest = z.object({ ...profileFields(moneyValue()), menu: menuFields(moneyValue()) });
const updateRequest = z.object(profileFields(moneyValue()));
const reviseRequest = z.object({ menu: menuFields(moneyValue()) });
const removeItemRequest = z.object({ menuItemId: nonEmptyText() });
const listRequest = z.object({
  pageSize: z
    .int()
    .min(0)
    .transform((size) => Math.min(size || maxPageSize, maxPageSize)),
  pageToken: z
    .string()
    .transform((token) => token || undefined)
    .pipe(pageCursor().optional()),
});

@Controller()
export class RestaurantGrpcController {
  constructor(private readonly service: RestaurantService) {}

  @Rpc(RestaurantServiceApi.method.createRestaurant)
  async createRestaurant(request: CreateRestaurantRequest): Promise<CreateRestaurantResponse> {
    const { menu, ...profile } = await valid(createRequest, request);
    return { restaurantId: await this.service.createRestaurant(profile, menu) };
  }

  @Rpc(RestaurantServiceApi.method.updateRestaurant)
  async updateRestaurant(request: UpdateRestaurantRequest): Promise<UpdateRestaurantResponse> {
    const profile = await valid(updateRequest, request);
    return { restaurant: detailsOf(await this.service.updateRestaurant(restaurantId(request.restaurantId), profile)) };
  }

  @Rpc(RestaurantServiceApi.method.reviseMenu)
  async reviseMenu(request: ReviseMenuRequest): Promise<ReviseMenuResponse> {
    const { menu } = await valid(reviseRequest, request);
    return { restaurant: detailsOf(await this.service.reviseMenu(restaurantId(request.restaurantId), menu)) };
  }

  @Rpc(RestaurantServiceApi.method.removeMenuItem)
  async removeMenuItem(request: RemoveMenuItemRequest): Promise<RemoveMenuItemResponse> {
    const { menuItemId } = await valid(removeItemRequest, request);
    return { restaurant: detailsOf(await this.service.removeMenuItem(restaurantId(request.restaurantId), menuItemId)) };
  }

  @Rpc(RestaurantServiceApi.method.getRestaurant)
  async getRestaurant(request: GetRestaurantRequest): Promise<GetRestaurantResponse> {
    return { restaurant: detailsOf(await this.service.getRestaurant(restaurantId(request.restaurantId))) };
  }

  @Rpc(RestaurantServiceApi.method.listRestaurants)
  async listRestaurants(request: ListRestaurantsRequest): Promise<ListRestaurantsResponse> {
    const { pageSize, pageToken } = await valid(listRequest, request);
    const { restaurants, continueAfter } = await this.service.listRestaurants({ after: pageToken, size: pageSize });
    return { restaurants: restaurants.map(detailsOf), nextPageToken: continueAfter === undefined ? '' : cursorOf(continueAfter) };
  }

  @Rpc(RestaurantServiceApi.method.batchGetRestaurants)
  async batchGetRestaurants({ restaurantIds }: BatchGetRestaurantsRequest): Promise<BatchGetRestaurantsResponse> {
    const restaurants = await this.service.findRestaurants(restaurantIds.map(restaurantId));
    return { restaurants: restaurants.map(detailsOf) };
  }
}

const detailsOf = ({ id, name, address, menu, orderMinimum }: Restaurant): RestaurantDetails => ({
  restaurantId: id,
  name,
  address,
  menu: { menuItems: [...menu.items] },
  orderMinimum,
});
