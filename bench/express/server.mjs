// The comparison of `make bench`: the shop API's routes in Express, from a
// JavaScript Map. It keeps nothing and checks little; it is what omakase's
// figures stand beside, and no product of its own.
import { randomUUID } from 'node:crypto';
import express from 'express';

const products = new Map();
const app = express();
app.use(express.json({ limit: '64mb' })); // as large as the seed of a bench

const create = (input = {}) => {
  const product = {
    id: randomUUID(),
    name: input.name || 'Unnamed Product',
    description: input.description || '',
    price: input.price || 0,
    productUrl: input.productUrl || '',
    isActive: input.isActive ?? true,
    ...(input.imageUrl && { imageUrl: input.imageUrl }),
  };
  products.set(product.id, product);
  return product;
};

app.get('/api/health', (_, res) => res.json({ status: 'ok', timestamp: new Date().toISOString() }));

app.get('/api/products', (req, res) => {
  const limit = Number(req.query.limit) || products.size;
  const list = [];
  for (const product of products.values()) {
    if (list.length === limit) break;
    list.push(product);
  }
  res.json({ success: true, count: list.length, products: list });
});

app.get('/api/products/search/:query', (req, res) => {
  const query = req.params.query.toLowerCase();
  const list = [...products.values()].filter(
    (p) => p.name.toLowerCase().includes(query) || p.description.toLowerCase().includes(query),
  );
  res.json({ success: true, query: req.params.query, count: list.length, products: list });
});

app.get('/api/products/:id', (req, res) => {
  const product = products.get(req.params.id);
  if (!product) return res.status(404).json({ error: 'Product not found' });
  res.json({ success: true, product });
});

app.post('/api/products', (req, res) => res.status(201).json({ success: true, product: create(req.body) }));

app.post('/api/products/bulk', (req, res) => {
  if (!Array.isArray(req.body?.products)) return res.status(400).json({ error: 'Products array required' });
  const list = req.body.products.map(create);
  res.status(201).json({ success: true, count: list.length, products: list });
});

const server = app.listen(Number(process.env.PORT ?? 3001), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
