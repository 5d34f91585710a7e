package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

const savePageRecord = `INSERT INTO page_records (shop, plugin, cursor, url, etag, last_modified, next, items)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (shop, plugin, cursor) DO UPDATE SET url = excluded.url,
	etag = excluded.etag, last_modified = excluded.last_modified, next = excluded.next, items = excluded.items`

// item is what an import remembers of a product of a shop.
type item struct {
	platformID string
	handle     string
	seq        int64
	hash       uint64
	updated    string // the platform's own time of change
	vanished   bool
	seenJob    int64
}

// items are those of a shop among the platform ids that are stored.
func (t *Tx) items(ctx context.Context, shop int64, platformIDs []string) (map[string]item, error) {
	found := make(map[string]item, len(platformIDs))
	err := t.eachItem(ctx, "platform_id", shop, platformIDs, func(i item) { found[i.platformID] = i })
	return found, err
}

// itemsNamed are those of a shop that are stored, by the keys of references:
// platform ids or handles.
func (t *Tx) itemsNamed(ctx context.Context, shop int64, keys []string) (map[string]item, error) {
	found := make(map[string]item, len(keys))
	if err := t.eachItem(ctx, "handle", shop, keys, func(i item) { found[i.handle] = i }); err != nil {
		return nil, err
	}
	err := t.eachItem(ctx, "platform_id", shop, keys, func(i item) { found[i.platformID] = i })
	return found, err
}

func (t *Tx) eachItem(ctx context.Context, column string, shop int64, values []string, use func(item)) error {
	if len(values) == 0 {
		return nil
	}
	err := t.Rows(ctx, t.s.itemsBy(column), func(rows *sql.Rows) error {
		var i item
		var hash int64
		if err := rows.Scan(&i.platformID, &i.handle, &i.seq, &hash, &i.updated, &i.vanished, &i.seenJob); err != nil {
			return err
		}
		i.hash = uint64(hash) //nolint:gosec // the bits of a hash
		use(i)
		return nil
	}, shop, t.s.d.List(values))
	return errs.Wrap("reading what is known of the shop", err)
}

func (s *Store) itemsBy(column string) string {
	return `SELECT platform_id, handle, seq, hash, updated, vanished, seen_job FROM items WHERE shop = ? AND ` + s.d.In(column)
}

// seen marks stored products as seen by a job.
func (t *Tx) seen(ctx context.Context, shop, job int64, platformIDs []string) error {
	if len(platformIDs) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `UPDATE items SET seen_job = ?, seen_at = ? WHERE shop = ? AND `+t.s.d.In("platform_id"),
		job, micros(t.s.clock()), shop, t.s.d.List(platformIDs))
	return errs.Wrap("marking products as seen", err)
}

// PendingRefs implements store.Imports.
func (s *Store) PendingRefs(ctx context.Context, jobID string, limit int) ([]store.Ref, error) {
	refs := []store.Ref{}
	err := s.rows(ctx, `SELECT r.key, r.url, r.updated FROM refs r JOIN jobs j ON j.seq = r.job
		WHERE j.id = ? AND NOT r.done ORDER BY r.no LIMIT ?`, func(rows *sql.Rows) error {
		var r store.Ref
		err := rows.Scan(&r.Key, &r.URL, &r.UpdatedAt)
		refs = append(refs, r)
		return err
	}, text(jobID), limit)
	return refs, errs.Wrap("listing what is still to fetch", err)
}

// saveRecord keeps what a page held, each product with the hash of its stored
// content: a record whose products have other hashes by then is of no use.
func (t *Tx) saveRecord(ctx context.Context, shop int64, plugin string, r *store.PageRecord, hash func(id string) uint64) error {
	held := make([]recordItem, len(r.PlatformIDs))
	for i, id := range r.PlatformIDs {
		id = text(id)
		held[i] = recordItem{ID: id, Hash: hash(id)}
	}
	data, err := json.Marshal(held)
	if err != nil {
		return errs.Wrap("encoding the page record", err)
	}
	_, err = t.Exec(ctx, savePageRecord,
		shop, text(plugin), text(r.Cursor), text(r.URL), text(r.ETag), text(r.LastModified), text(r.Next), data)
	return errs.Wrap("storing the page record", err)
}

type recordItem struct {
	ID   string `json:"i"`
	Hash uint64 `json:"h"`
}

// PageRecords implements store.Imports.
func (s *Store) PageRecords(ctx context.Context, workspace, shop, plugin string) ([]store.PageRecord, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 {
		return nil, err
	}
	var records []store.PageRecord
	var held [][]recordItem
	err = s.rows(ctx, `SELECT r.cursor, r.url, r.etag, r.last_modified, r.next, r.items FROM page_records r
		JOIN shops s ON s.no = r.shop WHERE s.workspace = ? AND s.shop = ? AND r.plugin = ? ORDER BY r.cursor`, func(rows *sql.Rows) error {
		var r store.PageRecord
		var data []byte
		var items []recordItem
		if err := rows.Scan(&r.Cursor, &r.URL, &r.ETag, &r.LastModified, &r.Next, &data); err != nil {
			return err
		}
		if err := json.Unmarshal(data, &items); err != nil {
			return errs.New(errs.Internal, "a page record can't be read: %v", err)
		}
		records, held = append(records, r), append(held, items)
		return nil
	}, no, text(shop), text(plugin))
	if err != nil || len(records) == 0 {
		return nil, errs.Wrap("reading page records", err)
	}
	live, err := s.liveItems(ctx, no, shop)
	if err != nil {
		return nil, err
	}
	usable := records[:0]
	for i := range records {
		if r, ok := usableRecord(records[i], held[i], live); ok {
			usable = append(usable, r)
		}
	}
	return usable, nil
}

// liveItems are the hashes of the shop's products that have not vanished.
func (s *Store) liveItems(ctx context.Context, workspace int64, shop string) (map[string]uint64, error) {
	live := map[string]uint64{}
	err := s.rows(ctx, `SELECT i.platform_id, i.hash FROM items i JOIN shops s ON s.no = i.shop
		WHERE s.workspace = ? AND s.shop = ? AND NOT i.vanished`, func(rows *sql.Rows) error {
		var id string
		var hash int64
		err := rows.Scan(&id, &hash)
		live[id] = uint64(hash) //nolint:gosec // the bits of a hash
		return err
	}, workspace, text(shop))
	return live, errs.Wrap("reading what is known of the shop", err)
}

func usableRecord(r store.PageRecord, held []recordItem, live map[string]uint64) (store.PageRecord, bool) {
	for _, h := range held {
		if hash, ok := live[h.ID]; !ok || hash != h.Hash || hash == 0 {
			return r, false
		}
		r.PlatformIDs = append(r.PlatformIDs, h.ID)
	}
	return r, true
}
