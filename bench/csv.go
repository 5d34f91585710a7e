package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"
)

// csvRows is how many products the file has.
const csvRows = 100_000

// benchCSV imports a file of csvRows rows into a catalogue of its own, added
// and then in the place of what is there.
func benchCSV() (rows []row, err error) {
	file := csvFile(csvRows)
	for _, mode := range []struct {
		what    string
		replace bool
	}{{"CSV of 100,000 rows", false}, {"the same, replacing as many", true}} {
		var took time.Duration
		var growth float64
		err := temp(func(dir string) error {
			p, err := serve(-1, dir)
			if err != nil {
				return err
			}
			defer p.stop()
			if err := p.ready("/api/ready", time.Millisecond); err != nil {
				return err
			}
			if mode.replace {
				if _, err := importFile(p, file, false); err != nil {
					return err
				}
			}
			time.Sleep(2 * time.Second) // at rest
			before, err := p.memory("VmRSS")
			if err != nil {
				return err
			}
			peak := p.watch()
			if took, err = importFile(p, file, mode.replace); err != nil {
				return err
			}
			growth = peak() - before
			return nil
		})
		if err != nil {
			return rows, err
		}
		size := fmt.Sprintf("%.1f MB file", float64(len(file))/1e6)
		rows = append(rows,
			row{mode.what, millis(took), size, "", "≤ 10 s", took <= 10*time.Second},
			row{"growth of RSS of it", megas(growth), "", "", "≤ 100 MB", growth <= 100})
	}
	return rows, nil
}

// watch looks at the memory of a process until the function that it returns is
// called, which tells the largest value.
func (p *process) watch() func() float64 {
	done, peak := make(chan struct{}), make(chan float64)
	go func() {
		largest := 0.0
		for {
			select {
			case <-done:
				peak <- largest
				return
			case <-time.After(10 * time.Millisecond):
				if mb, err := p.memory("VmRSS"); err == nil {
					largest = max(largest, mb)
				}
			}
		}
	}()
	return func() float64 { close(done); return <-peak }
}

func csvFile(n int) []byte {
	var b bytes.Buffer
	b.WriteString("商品名,説明,価格,画像,url,カテゴリ,品番,在庫\n")
	words := []string{"湯呑", "急須", "茶碗", "皿", "花瓶", "茶筅", "盆", "徳利"}
	for i := range n {
		w := words[i%len(words)]
		fmt.Fprintf(&b, "%s %d,\"有田の窯で焼いた%sです。\n番号 %d、手触りの良い仕上げ。\",\"%d,%03d\",https://img.example/%d.jpg,https://shop.example/p/%d,食器,SKU-%d,%d\n",
			w, i, w, i, 1+i%9, i%1000, i, i, i, i%50)
	}
	return b.Bytes()
}

// importFile imports a file and waits for its end.
func importFile(p *process, file []byte, replace bool) (time.Duration, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "products.csv")
	if err != nil {
		return 0, err
	}
	if _, err := part.Write(file); err != nil {
		return 0, err
	}
	if err := form.WriteField("clearExisting", fmt.Sprint(replace)); err != nil {
		return 0, err
	}
	if err := form.Close(); err != nil {
		return 0, err
	}
	began := time.Now()
	res, err := http.Post(p.base+"/api/knowledge/import/csv", form.FormDataContentType(), &body) //nolint:bodyclose // decodeAndClose does
	if err != nil {
		return 0, err
	}
	var started struct {
		ProgressID, Error string
	}
	if err := decodeAndClose(res, &started); err != nil || started.ProgressID == "" {
		return 0, fmt.Errorf("the import did not begin: %w", errors.Join(err, errors.New(started.Error)))
	}
	for {
		res, err := http.Get(p.base + "/api/knowledge/import/progress/" + started.ProgressID) //nolint:bodyclose // decodeAndClose does
		if err != nil {
			return 0, err
		}
		var got struct {
			Progress struct {
				Status       string
				SuccessItems int
				Errors       []string
			}
		}
		if err := decodeAndClose(res, &got); err != nil {
			return 0, err
		}
		switch g := got.Progress; {
		case g.Status == "completed" && g.SuccessItems == csvRows:
			return time.Since(began), nil
		case g.Status == "completed", g.Status == "failed":
			return 0, fmt.Errorf("the import %s with %d products: %v", g.Status, g.SuccessItems, g.Errors)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func decodeAndClose(res *http.Response, to any) error {
	defer func() { _, _ = io.Copy(io.Discard, res.Body); _ = res.Body.Close() }()
	return json.NewDecoder(res.Body).Decode(to)
}
