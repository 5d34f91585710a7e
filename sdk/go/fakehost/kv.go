package fakehost

import (
	"maps"
	"slices"
	"strings"
	"time"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// entry is a value of kv and when it ends; the zero time is never.
type entry struct {
	value string
	until time.Time
}

func (h *Host) kvGet(req wire.KVRequest) (wire.Value, error) {
	e, ok := h.kv[req.Key]
	if !ok || h.expired(e) {
		return &wire.KVReply{}, nil
	}
	return &wire.KVReply{Found: true, Value: e.value}, nil
}

func (h *Host) kvSet(req wire.KVRequest) (wire.Value, error) {
	if req.Key == "" || len(req.Key) > 512 {
		return nil, omakase.Fail(wire.CodeInvalid, "a key has 1 to 512 bytes")
	}
	e := entry{value: req.Value}
	if req.TTL > 0 {
		e.until = h.Now.Add(time.Duration(req.TTL) * time.Second)
	}
	h.kv[req.Key] = e
	return &wire.Empty{}, nil
}

func (h *Host) kvDelete(req wire.KVRequest) (wire.Value, error) {
	delete(h.kv, req.Key)
	return &wire.Empty{}, nil
}

func (h *Host) kvList(req wire.KVRequest) (wire.Value, error) {
	reply := &wire.KVReply{}
	for _, key := range slices.Sorted(maps.Keys(h.kv)) {
		if req.Limit > 0 && len(reply.Keys) == req.Limit {
			break
		}
		if strings.HasPrefix(key, req.Prefix) && !h.expired(h.kv[key]) {
			reply.Keys = append(reply.Keys, key)
		}
	}
	return reply, nil
}

func (h *Host) expired(e entry) bool { return !e.until.IsZero() && !h.Now.Before(e.until) }
