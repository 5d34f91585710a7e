package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/config"
)

// running is the flag of commands that can ask a running server.
type running struct {
	Server string `placeholder:"URL" help:"Ask this running server, with the first of server.api_keys."`
}

// plugins are those of the server, or without one those of the configuration.
func (r *running) plugins(ctx context.Context, p *Process, s *settings) ([]api.PluginInfo, error) {
	l, err := s.load(p)
	if err != nil {
		return nil, err
	}
	if r.Server != "" {
		var list listed
		err := ask(ctx, l, http.MethodGet, r.Server, "/api/admin/plugins", &list)
		return list.Plugins, err
	}
	tools, err := openTools(p, l)
	if err != nil {
		return nil, err
	}
	defer tools.Close()
	return tools.PluginInfos(), nil
}

// listed is a server's answer with all of its plugins.
type listed struct {
	Plugins []api.PluginInfo `json:"plugins"`
}

type reloadCommand struct {
	settings
	Server string `placeholder:"URL" help:"The running server; otherwise that of server.addr."`
}

// reloaded is a server's answer to that.
type reloaded struct {
	Plugins []api.PluginReload `json:"plugins"`
}

// Run lets a running server reload its plugins and tells what became of them.
// It fails when one of them isn't as its file and the configuration want it.
func (c *reloadCommand) Run(ctx context.Context, p *Process) error {
	l, err := c.load(p)
	if err != nil {
		return err
	}
	base := c.Server
	if base == "" {
		base = "http://" + reachable(l.Server.Addr)
	}
	var done reloaded
	if err := ask(ctx, l, http.MethodPost, base, "/api/admin/plugins/reload", &done); err != nil {
		return err
	}
	failed := 0
	for _, r := range done.Plugins {
		line := fmt.Sprintf("%s: %s", r.ID, r.Outcome)
		if r.Generation > 0 {
			line += fmt.Sprintf(", generation %d", r.Generation)
		}
		if r.Reason != "" {
			line += ": " + r.Reason
		}
		if !r.OK {
			failed++
		}
		fmt.Fprintln(p.Stdout, line)
	}
	if failed > 0 {
		return errs.New(errs.BadData, "%d plugins are not as they should be", failed).WithHint("those that were kept serve as before; mend them and reload again")
	}
	return nil
}

// ask sends a request to a running server and reads its answer.
func ask(ctx context.Context, l *config.Loaded, method, base, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, nil)
	if err != nil || req.URL.Host == "" || req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return errs.New(errs.Invalid, "%q is no address of a server", base).WithHint("use one such as http://127.0.0.1:3000")
	}
	if keys := l.Server.APIKeys; len(keys) > 0 {
		req.Header.Set("Authorization", "Bearer "+keys[0].Reveal())
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		return (&errs.Error{Kind: errs.Unavailable, Op: "asking the server", Err: err}).WithHint("is it running there?")
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return (&errs.Error{Kind: errs.Unavailable, Op: "reading the server's answer", Err: err})
	}
	if res.StatusCode == http.StatusOK && json.Unmarshal(body, answer) == nil {
		return nil
	}
	var problem struct{ Error, Hint string }
	if json.Unmarshal(body, &problem) != nil || problem.Error == "" {
		return errs.New(errs.BadData, "the answer of %s is none of omakase's (%s)", base, res.Status)
	}
	kind := errs.Conflict
	if res.StatusCode == http.StatusUnauthorized {
		kind, problem.Hint = errs.Denied, "set OMAKASE_API_KEYS to the server's key"
	}
	return (&errs.Error{Kind: kind, Op: "the server says", Msg: problem.Error}).WithHint("%s", problem.Hint)
}
