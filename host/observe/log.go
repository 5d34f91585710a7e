package observe

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
)

// LogOptions say how the process logs.
type LogOptions struct {
	Level  string // debug, info, warn or error; "" is info
	Format string // text or json; "" is text
	Output io.Writer
}

// NewLogger is the root logger; give each part its own with Named.
func NewLogger(o LogOptions) (hclog.Logger, error) {
	level, ok := map[string]hclog.Level{
		"": hclog.Info, "debug": hclog.Debug, "info": hclog.Info, "warn": hclog.Warn, "error": hclog.Error,
	}[strings.ToLower(o.Level)]
	if !ok {
		return nil, errs.New(errs.Invalid, "log level %q is unknown", o.Level).
			WithHint("LOG_LEVEL is debug, info, warn or error")
	}
	format := strings.ToLower(o.Format)
	if format != "" && format != "text" && format != "json" {
		return nil, errs.New(errs.Invalid, "log format %q is unknown", o.Format).
			WithHint("the format is text or json")
	}
	return hclog.New(&hclog.LoggerOptions{
		Name:       "omakase",
		Level:      level,
		Output:     o.Output,
		JSONFormat: format == "json",
	}), nil
}

// Slog is a logger for core, which knows nothing of hclog, that writes to log.
func Slog(log hclog.Logger) *slog.Logger { return slog.New(&slogHandler{log: log}) }

type slogHandler struct {
	log    hclog.Logger
	prefix string // of open groups: "a.b."
}

func (h *slogHandler) Enabled(_ context.Context, level slog.Level) bool {
	return hclogLevel(level) >= h.log.GetLevel()
}

func (h *slogHandler) Handle(_ context.Context, r slog.Record) error {
	args := make([]any, 0, 2*r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		args = appendAttr(args, h.prefix, a)
		return true
	})
	h.log.Log(hclogLevel(r.Level), r.Message, args...)
	return nil
}

func (h *slogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var args []any
	for _, a := range attrs {
		args = appendAttr(args, h.prefix, a)
	}
	return &slogHandler{log: h.log.With(args...), prefix: h.prefix}
}

func (h *slogHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &slogHandler{log: h.log, prefix: h.prefix + name + "."}
}

func appendAttr(args []any, prefix string, a slog.Attr) []any {
	v := a.Value.Resolve()
	if v.Kind() != slog.KindGroup {
		return append(args, prefix+a.Key, v.Any())
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, member := range v.Group() {
		args = appendAttr(args, prefix, member)
	}
	return args
}

func hclogLevel(level slog.Level) hclog.Level {
	switch {
	case level < slog.LevelInfo:
		return hclog.Debug
	case level < slog.LevelWarn:
		return hclog.Info
	case level < slog.LevelError:
		return hclog.Warn
	}
	return hclog.Error
}
