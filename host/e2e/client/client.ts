// What a frontend does with a client that was generated from the description:
// every call is typed by it, and answers are what it says.
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

declare const process: { argv: string[]; exitCode: number };

const client = createClient<paths>({ baseUrl: process.argv[2] });

function must(ok: unknown, what: string): asserts ok {
  if (!ok) throw new Error(what);
}

async function shop(): Promise<void> {
  const made = await client.POST('/api/products', { body: { name: '湯呑み', description: '磁器', price: 1980, stockQuantity: 5 } });
  must(made.data?.product, `a product is made: ${JSON.stringify(made.error)}`);
  const id = made.data.product.id;

  const list = await client.GET('/api/products', { params: { query: { limit: 1 } } });
  must(list.data?.products[0]?.name === '湯呑み', 'the list has it');

  const found = await client.GET('/api/products/search/{query}', { params: { path: { query: '湯呑' } } });
  must(found.data?.products.length === 1, 'the search finds it');

  const missing = await client.GET('/api/products/{id}', { params: { path: { id: 'none' } } });
  must(missing.response.status === 404 && missing.error?.error, 'what is not there is an error with a text');

  const cart = await client.POST('/api/carts');
  must(cart.data?.cart, `a cart is made: ${JSON.stringify(cart.error)}`);
  const filled = await client.POST('/api/carts/{id}/items', {
    params: { path: { id: cart.data.cart.id } }, body: { productId: id, quantity: 2 },
  });
  must(filled.data?.cart.subtotal === 3960, `the cart is filled: ${JSON.stringify(filled.error ?? filled.data)}`);
  const order = await client.POST('/api/orders', { body: { cartId: cart.data.cart.id, idempotencyKey: 'once' } });
  must(order.data?.order, `the order is placed: ${JSON.stringify(order.error)}`);
  const again = await client.POST('/api/orders', { body: { cartId: cart.data.cart.id, idempotencyKey: 'once' } });
  must(again.data?.order.orderNumber === order.data.order.orderNumber, 'the same key is the same order');

  const prompt = await client.POST('/api/prompts/generate', { body: { agentType: 'shopping-guide', language: 'English' } });
  must(prompt.data?.prompt.includes('湯呑み'), 'the prompt names the product');
}

shop().then(() => console.log('every call is answered as described'), (error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
