package api

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) listPlugins(c *fiber.Ctx, b *Backend) error {
	list := []PluginInfo{}
	if b.Plugins != nil {
		list = append(list, b.Plugins.List()...)
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success bool         `json:"success"`
		Count   int          `json:"count"`
		Plugins []PluginInfo `json:"plugins"`
	}{true, len(list), list})
}

// reloadTimeout is for all plugins to be compiled and tested, which may come
// without a cache.
const reloadTimeout = 50 * time.Second

// reloadPlugins answers with what became of each plugin. That one is of no use
// is an answer, too: the one before it serves on.
func (s *Server) reloadPlugins(c *fiber.Ctx, b *Backend) error {
	done := []PluginReload{}
	if b.Plugins != nil {
		ctx, cancel := context.WithTimeout(s.base, reloadTimeout)
		defer cancel()
		list, err := b.Plugins.Reload(ctx)
		if err != nil {
			return err
		}
		done = append(done, list...)
	}
	failed := slices.ContainsFunc(done, func(r PluginReload) bool { return !r.OK })
	return writeValue(c, fiber.StatusOK, struct {
		Success bool           `json:"success"`
		Count   int            `json:"count"`
		Plugins []PluginReload `json:"plugins"`
	}{!failed, len(done), done})
}
