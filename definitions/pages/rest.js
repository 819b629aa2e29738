SwaggerUIBundle({
  urls: [
    {
      "name": "api-gateway",
      "url": "/docs/openapi/api-gateway.json"
    },
    {
      "name": "accounting-service",
      "url": "/docs/openapi/accounting-service.json"
    },
    {
      "name": "consumer-service",
      "url": "/docs/openapi/consumer-service.json"
    },
    {
      "name": "delivery-service",
      "url": "/docs/openapi/delivery-service.json"
    },
    {
      "name": "kitchen-service",
      "url": "/docs/openapi/kitchen-service.json"
    },
    {
      "name": "order-history-service",
      "url": "/docs/openapi/order-history-service.json"
    },
    {
      "name": "order-service",
      "url": "/docs/openapi/order-service.json"
    },
    {
      "name": "restaurant-service",
      "url": "/docs/openapi/restaurant-service.json"
    }
  ],
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
});
