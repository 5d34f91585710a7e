// Package pgtest gives tests a PostgreSQL of their own: one throwaway cluster
// for each test binary, made by the binaries that the system has, and one
// database for each test. Nothing of it listens on a network.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a PostgreSQL that starts when the first test asks for it.
type Cluster struct {
	// Prepare fills the database that all others are copies of; may be nil.
	Prepare func(ctx context.Context, url string) error

	mu    sync.Mutex
	dir   string // "" until it was started
	err   error  // why it could not be
	watch *exec.Cmd
	hold  io.Closer
	next  int
}

// errMissing says that there is nothing to run.
var errMissing = errors.New("no PostgreSQL binaries in PATH or /usr/lib/postgresql; " +
	"install them (Debian: apt install postgresql) to run the PostgreSQL tests")

// URL makes a database for the test and returns how to connect to it. The test
// is skipped where PostgreSQL isn't installed, and fails there when
// OMAKASE_REQUIRE_POSTGRES is set.
func (c *Cluster) URL(t testing.TB) string {
	t.Helper()
	return c.forTest(t, prepared)
}

// EmptyURL is as URL, but nothing prepared the database.
func (c *Cluster) EmptyURL(t testing.TB) string {
	t.Helper()
	return c.forTest(t, empty)
}

func (c *Cluster) forTest(t testing.TB, template string) string {
	t.Helper()
	url, err := c.copyOf(t.Context(), template)
	if errors.Is(err, errMissing) && os.Getenv("OMAKASE_REQUIRE_POSTGRES") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// Database is URL for what is no test. The cluster starts with the first one.
func (c *Cluster) Database(ctx context.Context) (url string, err error) {
	return c.copyOf(ctx, prepared)
}

// The databases that others are copies of.
const (
	prepared = "prepared"
	empty    = "template1"
)

func (c *Cluster) copyOf(ctx context.Context, template string) (url string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dir == "" && c.err == nil {
		c.err = c.start(ctx)
	}
	if c.err != nil {
		return "", fmt.Errorf("starting PostgreSQL: %w", c.err)
	}
	c.next++
	name := fmt.Sprintf("test%d", c.next)
	if err := c.create(ctx, name+" TEMPLATE "+template); err != nil {
		return "", fmt.Errorf("creating a database: %w", err)
	}
	return c.dsn(name), nil
}

func (c *Cluster) dsn(database string) string {
	return fmt.Sprintf("host=%s user=postgres dbname=%s sslmode=disable", c.dir, database)
}

func (c *Cluster) create(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, c.dsn("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is pending
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	return err
}

// watcher runs a server until its standard input ends, which it does when the
// test binary does, in whatever way. Then it removes the cluster.
const watcher = `"$0" "$@" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; cd /; rm -rf "$PGTEST_DIR"`

func (c *Cluster) start(ctx context.Context) error {
	initdb, err := find("initdb")
	if err != nil {
		return err
	}
	// A socket's path must be short, so not the test's own folder.
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return err
	}
	attr, err := account(dir)
	if err != nil {
		_ = os.RemoveAll(dir) // it is empty
		return err
	}
	data := filepath.Join(dir, "data")
	cmd := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync") //nolint:gosec // the path was found above
	cmd.SysProcAttr, cmd.Dir = attr, dir
	if out, err := cmd.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir) // err says what is wrong
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	c.watch = exec.Command("/bin/sh", "-c", watcher, filepath.Join(filepath.Dir(initdb), "postgres"), //nolint:gosec // the path was found above
		"-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200",
		"-c", "shared_buffers=128MB")
	c.watch.SysProcAttr, c.watch.Dir, c.watch.Env = attr, dir, append(os.Environ(), "PGTEST_DIR="+dir)
	if c.hold, err = c.watch.StdinPipe(); err != nil {
		return err
	}
	if err := c.watch.Start(); err != nil {
		_ = os.RemoveAll(dir) // err says what is wrong
		return err
	}
	c.dir = dir
	if err := c.wait(); err != nil {
		return err
	}
	if err := c.create(ctx, prepared); err != nil || c.Prepare == nil {
		return err
	}
	return c.Prepare(ctx, c.dsn(prepared))
}

// Stop ends the cluster and removes it. Call it after all tests.
func (c *Cluster) Stop() {
	if c.hold == nil {
		return
	}
	_ = c.hold.Close() // tells the watcher to end
	_ = c.watch.Wait() // its status is that of a server that was killed
}

func (c *Cluster) wait() error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn, err := pgx.Connect(ctx, c.dsn("postgres"))
		if err == nil {
			err = conn.Close(ctx)
		}
		cancel()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// find looks for a program of PostgreSQL, newest version first.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return filepath.EvalSymlinks(path)
	}
	var best string
	version := -1
	paths, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil {
		return "", err
	}
	for _, path := range paths {
		v, err := strconv.Atoi(strings.Split(path, "/")[4])
		if err == nil && v > version {
			best, version = path, v
		}
	}
	if best == "" {
		return "", errMissing
	}
	return best, nil
}

// account is what PostgreSQL runs as: it refuses root, so root lends it the
// account that its package made.
func account(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w (running as root, and there is no user postgres)", errMissing)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
