package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/sdk/abi"
)

// benchPlugins measures the plugin runtime. Each group runs in a process of its
// own, so that its memory is its own; Extism does the same work beside it, from
// a module that the product doesn't depend on.
func benchPlugins() (rows []row, err error) {
	err = temp(func(dir string) error {
		if err := buildGuest(dir); err != nil {
			return err
		}
		for _, group := range []func(string) ([]row, error){rowsOfCalls, rowsOfMetering, rowsOfSpinning, rowsOfReloads, rowsOfSix, rowsOfPages} {
			more, err := group(dir)
			if err != nil {
				return err
			}
			rows = append(rows, more...)
		}
		return nil
	})
	return rows, err
}

const guestID = "scraper.bench"

// buildGuest compiles bench/guest into dir.
func buildGuest(dir string) error {
	file := filepath.Join(dir, "guest.wasm")
	if err := goBuild(".", "./bench/guest", file); err != nil {
		return err
	}
	wasm, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	wasm, err = abi.SetManifest(wasm, []byte(`{"id": "`+guestID+`", "version": "1.0.0", "provides": ["scraper/1"], "needs": {
		"http": {"reason": "reads pages", "hosts": ["{shop}"]}, "html": {"reason": "reads pages"}}}`))
	if err != nil {
		return err
	}
	return os.WriteFile(file, wasm, 0o600)
}

func goBuild(module, path, out string) error {
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, path)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", path, err, said)
	}
	return nil
}

// figures are what a child measured, by name.
type figures map[string]float64

// child runs this program once more to measure one group.
func child(name, dir string) (figures, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-child", name, "-dir", dir)
	return readFigures(cmd)
}

func readFigures(cmd *exec.Cmd) (figures, error) {
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		return nil, err
	}
	var f figures
	return f, json.Unmarshal(out, &f)
}

func us(v float64) string { return fmt.Sprintf("%.1f µs", v) }
func ms(v float64) string { return fmt.Sprintf("%.1f ms", v) }

func rowsOfCalls(dir string) ([]row, error) {
	const module = "bench/extism"
	guest := filepath.Join(dir, "extism.wasm")
	if err := goBuild(module, "./guest", guest); err != nil {
		return nil, err
	}
	theirs := exec.Command("go", "run", ".", guest)
	theirs.Dir = module
	x, err := readFigures(theirs)
	if err != nil {
		return nil, fmt.Errorf("measuring Extism: %w", err)
	}
	f, err := child("calls", dir)
	if err != nil {
		return nil, err
	}
	const what = "1 KB call of a stoppable Go guest, p50"
	p50, kept, each, same := f["p50 µs"], x["kept, timeout"], x["one for each call"], x["kept, timeout, our codec"]
	return []row{
		{what, us(p50), "", "", "≤ 100 µs", p50 <= 100},
		{"same, after one for another workspace", us(f["other µs"]), "", "", "", true},
		{"same, Extism with a timeout, kept instance", us(p50), us(kept) + " Extism", times(p50 / kept), "≤ 0.10", p50 <= kept/10},
		{"same, Extism, an instance for each call", us(p50), us(each) + " Extism", times(p50 / each), "≤ 0.02", p50 <= each/50},
		{"same, Extism kept, its guest with our codec", us(p50), us(same) + " Extism", times(p50 / same), "", true},
		{"1 KB calls a second, eight callers", fmt.Sprintf("%.0f", f["per second"]), "", "", "≥ 15,000", f["per second"] >= 15_000},
	}, nil
}

var metering = regexp.MustCompile(`BenchmarkMetering/(\S+?)-\d+\s+\d+\s+(\d+) ns/op`)

// rowsOfMetering runs the benchmark of host/wasm, which may touch the engine.
func rowsOfMetering(string) ([]row, error) {
	out, err := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkMetering$", "-benchtime", "8x", "-count", "5", "./host/wasm").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	took := map[string][]float64{}
	for _, m := range metering.FindAllStringSubmatch(string(out), -1) {
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, err
		}
		took[m[1]] = append(took[m[1]], ns/1e6)
	}
	plain, metered, slow := took["unmetered"], took["metered"], took["close_on_context_done"]
	if len(plain) == 0 || len(metered) == 0 || len(slow) == 0 {
		return nil, fmt.Errorf("the benchmark of metering printed no figures:\n%s", out)
	}
	a, b, c := median(metered), median(plain), median(slow)
	return []row{
		{"work of a Go guest, metered", ms(a), ms(b) + " unmetered", times(a / b), "≤ 1.15", a <= b*1.15},
		{"same, the engine's own way to stop it", ms(a), ms(c) + " engine", times(a / c), "", true},
	}, nil
}

func rowsOfSpinning(dir string) ([]row, error) {
	f, err := child("spin", dir)
	if err != nil {
		return nil, err
	}
	stopped, idle, busy := f["stopped ms"], f["idle p99 µs"], f["busy p99 µs"]
	return []row{
		{"a spinning guest, deadline 200 ms: stopped by", ms(stopped), "", "", "≤ 210 ms", stopped <= 210},
		{"p99 of other calls meanwhile", us(busy), us(idle) + " idle", times(busy / idle), "≤ 2.00", busy <= 2*idle},
	}, nil
}

func rowsOfReloads(dir string) ([]row, error) {
	f, err := child("reloads", dir)
	if err != nil {
		return nil, err
	}
	return []row{
		{fmt.Sprintf("1,000 reloads under load: failed of %.0f calls", f["calls"]), fmt.Sprintf("%.0f", f["failed"]), "", "", "0", f["failed"] == 0},
		{"growth of RSS by them", megas(f["growth MB"]), "", "", "≤ 10 MB", f["growth MB"] <= 10},
	}, nil
}

func rowsOfSix(dir string) ([]row, error) {
	if _, err := child("six", dir); err != nil { // fills the compilation cache
		return nil, err
	}
	f, err := child("six", dir)
	if err != nil {
		return nil, err
	}
	start, warm, closed, err := memoryOfSix(dir)
	return []row{
		{"six Go plugins, ready from cache", ms(f["ready ms"]), "", "", "≤ 500 ms", f["ready ms"] <= 500},
		{"RSS with all six warm", megas(warm), "", "", "≤ 130 MB", warm <= 130},
		{"RSS above the start, all closed", megas(closed - start), "", "", "≤ 10 MB", closed-start <= 10},
	}, err
}

// memoryOfSix is that of a server before its six plugins were used, when all
// of them have imported a shop, and after they were disabled.
func memoryOfSix(dir string) (start, warm, closed float64, err error) {
	config := filepath.Join(dir, "omakase.yaml")
	plugins := filepath.Join(dir, "six")
	if err := os.Mkdir(plugins, 0o700); err != nil {
		return 0, 0, 0, err
	}
	if err := copyPlugins(plugins, config, 6); err != nil {
		return 0, 0, 0, err
	}
	shop, err := startShop(10)
	if err != nil {
		return 0, 0, 0, err
	}
	defer shop.stop()
	for range 2 { // the first time fills the compilation cache
		if start, warm, closed, err = memoryWhile(dir, config, shop); err != nil {
			return 0, 0, 0, err
		}
	}
	return start, warm, closed, nil
}

func memoryWhile(dir, config string, shop *process) (start, warm, closed float64, err error) {
	p, err := serve(-1, dir, "OMAKASE_CONFIG="+config)
	if err != nil {
		return 0, 0, 0, err
	}
	defer p.stop()
	if err := p.ready("/api/ready", time.Millisecond); err != nil {
		return 0, 0, 0, err
	}
	resting := func() float64 {
		time.Sleep(3 * time.Second)
		mb, e := p.memory("VmRSS")
		err = errors.Join(err, e)
		return mb
	}
	start = resting()
	for i := range 6 {
		if err := importShop(p, fmt.Sprintf(`{"url":%q,"plugin":"scraper.copy%d"}`, shop.base, i)); err != nil {
			return 0, 0, 0, err
		}
	}
	warm = resting()
	text, e := os.ReadFile(config)
	off := strings.ReplaceAll(string(text), ": {grants", ": {enabled: false, grants")
	err = errors.Join(err, e, os.WriteFile(config, []byte(off), 0o600), p.post("/api/admin/plugins/reload", "", &struct{}{}))
	closed = resting()
	return start, warm, closed, errors.Join(err, os.WriteFile(config, text, 0o600))
}

func rowsOfPages(dir string) ([]row, error) {
	f, err := child("pages", dir)
	if err != nil {
		return nil, err
	}
	what := "page of " + strings.TrimSpace(fmt.Sprintf("%.0f KB", f["KB"])) + ": fetch, parse, select, answer"
	return []row{{what, ms(f["p50 ms"]), "", "", "≤ 10 ms", f["p50 ms"] <= 10}}, nil
}
