package api

import "github.com/gofiber/fiber/v2"

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
