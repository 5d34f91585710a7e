package sqlstore

import (
	"context"
	"database/sql"
	"math"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// imageKey is in the REST encoding of exactly the products with an image: in a
// text the quote behind the name would be escaped.
const imageKey = `"imageUrl":`

// Figures implements store.Products.
func (s *Store) Figures(ctx context.Context, workspace string) (f store.Figures, err error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 {
		return f, err
	}
	low, high := span(no)
	most := 0
	err = s.rows(ctx, `SELECT currency, count(*), sum(CASE WHEN active THEN 1 ELSE 0 END),
			sum(CASE WHEN `+s.d.Holds("doc")+` THEN 1 ELSE 0 END), sum(CASE WHEN price > 0 THEN 1 ELSE 0 END),
			min(CASE WHEN price > 0 THEN price END), max(price), CAST(avg(CASE WHEN price > 0 THEN price END) AS DOUBLE PRECISION)
		FROM products WHERE seq > ? AND seq <= ? GROUP BY currency ORDER BY currency`, func(rows *sql.Rows) error {
		var (
			cur                               string
			products, active, images, pricing int
			lowest, highest                   *int64
			average                           *float64
		)
		if err := rows.Scan(&cur, &products, &active, &images, &pricing, &lowest, &highest, &average); err != nil {
			return err
		}
		f.Products, f.Active, f.WithImages = f.Products+products, f.Active+active, f.WithImages+images
		if pricing > most { // amounts of different currencies can't be compared
			most = pricing
			f.Prices = &store.PriceFigures{
				Min: store.Money{Amount: *lowest, Currency: cur}, Max: store.Money{Amount: *highest, Currency: cur},
				Average: store.Money{Amount: int64(math.Round(*average)), Currency: cur},
			}
		}
		return nil
	}, []byte(imageKey), low, high)
	return f, errs.Wrap("counting products", err)
}
