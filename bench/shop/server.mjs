// A made-up Shopify catalogue for benchmarks, served as a shop would: each
// page is put together, tagged and compressed for each request.
//   PORT=9000 PRODUCTS=10000 node server.mjs
import http from 'node:http';
import zlib from 'node:zlib';
import { createHash } from 'node:crypto';

const count = Number(process.env.PRODUCTS ?? 10000);
const nouns = ['湯呑み', '急須', '手ぬぐい', '藍染めシャツ', '砂時計', 'コーヒー豆', 'Tea Cup', 'Linen Shirt', 'Notebook'];
const at = (i) => new Date(Date.UTC(2026, 0, 1) + i * 3600e3).toISOString().slice(0, 19) + '+09:00';

function product(i) {
  const id = 7_000_000_000_000 + i * 32768;
  const name = `${nouns[i % nouns.length]} ${String(i).padStart(5, '0')}`;
  return {
    id, title: name, handle: `item-${i}`, published_at: at(i), created_at: at(i), updated_at: at(i + 9), vendor: 'KAMABA', product_type: 'Goods', tags: ['Goods', 'New'],
    body_html: `<p>${name}です。<br>素材: 綿100%</p>\n<ul><li>Made in Japan</li><li>日本製</li></ul>`,
    variants: Array.from({ length: 1 + (i % 5) }, (_, k) => ({
      id: id + k + 1, title: 'SMLXZ'[k], option1: 'SMLXZ'[k], option2: null, option3: null, sku: `SKU-${i}-${k}`, requires_shipping: true, taxable: true,
      featured_image: null, available: i % 7 !== 0, price: String(500 + (i % 29500)), grams: 200, compare_at_price: null, position: k + 1, product_id: id, created_at: at(i), updated_at: at(i + 9),
    })),
    images: Array.from({ length: 1 + (i % 4) }, (_, k) => ({
      id: id + 900 + k, position: k + 1, src: `https://cdn.shopify.com/s/files/1/0000/0001/files/${id + k}.jpg?v=17`, width: 1200, height: 1200, created_at: at(i), updated_at: at(i + 9), product_id: id, variant_ids: [],
    })),
    options: [{ name: 'Size', position: 1, values: ['S', 'M', 'L', 'X', 'Z'] }],
  };
}
const slice = (from, to) => Array.from({ length: Math.max(0, Math.min(to, count) - from) }, (_, k) => product(from + k));

http.createServer((req, res) => {
  const url = new URL(req.url, 'http://shop');
  const page = Number(url.searchParams.get('page') ?? 1);
  const limit = Math.min(Number(url.searchParams.get('limit') ?? 30), 250);
  let body;
  if (url.pathname === '/products.json') body = { products: slice((page - 1) * limit, page * limit) };
  else if (url.pathname === '/meta.json') body = { id: 1, name: 'bench', currency: 'JPY', published_products_count: count };
  if (!body) return res.writeHead(404).end();
  let bytes = Buffer.from(JSON.stringify(body).replace(/</g, '\\u003c').replace(/\//g, '\\/'));
  const headers = { 'content-type': 'application/json; charset=utf-8', 'powered-by': 'Shopify', etag: `"${createHash('sha1').update(bytes).digest('hex')}"` };
  if (req.headers['if-none-match'] === headers.etag) return res.writeHead(304, headers).end();
  if (/\bgzip\b/.test(req.headers['accept-encoding'] ?? '')) {
    bytes = zlib.gzipSync(bytes);
    headers['content-encoding'] = 'gzip';
  }
  res.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
}).listen(Number(process.env.PORT), '127.0.0.1');
