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
  RestaurantServiceApi,
  type ReviseMenuRequest,
  type ReviseMenuResponse,
  type UpdateRestaurantRequest,
  type UpdateRestaurantResponse,
} from '@ftgo/contracts/restaurant';
import { restaurantId } from '@ftgo/ftgo';
import { Allow, menuFields, moneyValue, nonEmptyText, pageFields, restaurantFields, valid } from '@ftgo/platform';
import { Rpc } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Menu } from './menu.js';
import { cursorOf, pageCursor } from './page-cursor.js';
import { detailsOf, profileOf } from './restaurant.details.js';
import { RestaurantService } from './restaurant.service.js';

const createRequest = z.object({ ...restaurantFields(moneyValue()), menu: menuFields(moneyValue()) });
const updateRequest = z.object(restaurantFields(moneyValue()));
const reviseRequest = z.object({ menu: menuFields(moneyValue()) });
const removeItemRequest = z.object({ menuItemId: nonEmptyText() });
const listRequest = z.object({
  ...pageFields(pageCursor()),
});

@Controller()
export class RestaurantGrpcController {
  constructor(private readonly service: RestaurantService) {}

  @Allow('restaurant', 'operator')
  @Rpc(RestaurantServiceApi.method.createRestaurant)
  async createRestaurant(request: CreateRestaurantRequest): Promise<CreateRestaurantResponse> {
    const { menu, ...profile } = await valid(createRequest, request);
    return { restaurantId: await this.service.createRestaurant(profileOf(profile), Menu.of(menu.menuItems)) };
  }

  @Allow('restaurant', 'operator')
  @Rpc(RestaurantServiceApi.method.updateRestaurant)
  async updateRestaurant(request: UpdateRestaurantRequest): Promise<UpdateRestaurantResponse> {
    const profile = await valid(updateRequest, request);
    const { expected } = request;
    const id = restaurantId(request.restaurantId);
    return { restaurant: detailsOf(await this.service.updateRestaurant(id, profileOf(profile), expected?.versions)) };
  }

  @Allow('restaurant', 'operator')
  @Rpc(RestaurantServiceApi.method.reviseMenu)
  async reviseMenu(request: ReviseMenuRequest): Promise<ReviseMenuResponse> {
    const { menu } = await valid(reviseRequest, request);
    const { expected } = request;
    const id = restaurantId(request.restaurantId);
    return { restaurant: detailsOf(await this.service.reviseMenu(id, Menu.of(menu.menuItems), expected?.versions)) };
  }

  @Allow('restaurant', 'operator')
  @Rpc(RestaurantServiceApi.method.removeMenuItem)
  async removeMenuItem(request: RemoveMenuItemRequest): Promise<RemoveMenuItemResponse> {
    const { menuItemId } = await valid(removeItemRequest, request);
    const { expected } = request;
    const id = restaurantId(request.restaurantId);
    return { restaurant: detailsOf(await this.service.removeMenuItem(id, menuItemId, expected?.versions)) };
  }

  @Allow('consumer', 'restaurant', 'courier', 'operator', 'service')
  @Rpc(RestaurantServiceApi.method.getRestaurant)
  async getRestaurant(request: GetRestaurantRequest): Promise<GetRestaurantResponse> {
    return { restaurant: detailsOf(await this.service.getRestaurant(restaurantId(request.restaurantId))) };
  }

  @Allow('consumer', 'restaurant', 'courier', 'operator', 'service')
  @Rpc(RestaurantServiceApi.method.listRestaurants)
  async listRestaurants(request: ListRestaurantsRequest): Promise<ListRestaurantsResponse> {
    const { pageSize, pageToken } = await valid(listRequest, request);
    const { restaurants, continueAfter } = await this.service.listRestaurants({ after: pageToken, size: pageSize });
    return { restaurants: restaurants.map(detailsOf), nextPageToken: continueAfter === undefined ? '' : cursorOf(continueAfter) };
  }

  @Allow('consumer', 'restaurant', 'courier', 'operator', 'service')
  @Rpc(RestaurantServiceApi.method.batchGetRestaurants)
  async batchGetRestaurants({ restaurantIds }: BatchGetRestaurantsRequest): Promise<BatchGetRestaurantsResponse> {
    const restaurants = await this.service.findRestaurants(restaurantIds.map(restaurantId));
    return { restaurants: restaurants.map(detailsOf) };
  }
}
