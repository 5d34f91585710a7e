package wasm

import (
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// Sizes and types of poll_oneoff.
const (
	subscriptionSize = 48
	eventSize        = 32
	eventClock       = 0
)

// wasiPoll waits for clocks, which is how runtimes sleep. Streams are never
// ready: they answer at once that they can't be waited for.
func wasiPoll(i *instance, m api.Memory, p []uint64) uint32 {
	in, out, count, result := uint32(p[0]), uint32(p[1]), uint32(p[2]), uint32(p[3])
	if count == 0 || count > wasiVectors {
		return wasiInval
	}
	subs, ok := m.Read(in, count*subscriptionSize)
	if !ok {
		return wasiFault
	}
	events, ok := m.Read(out, count*eventSize)
	if !ok {
		return wasiFault
	}
	wait := time.Duration(1<<63 - 1)
	for n := range int(count) {
		s := subs[n*subscriptionSize:]
		if s[8] != eventClock {
			wait = 0
			continue
		}
		d, errno := clockWait(s)
		if errno != wasiOK {
			return errno
		}
		wait = min(wait, d)
	}
	i.run.sleep(wait)
	var happened uint32
	for n := range int(count) {
		s := subs[n*subscriptionSize:]
		errno := uint16(wasiOK)
		if s[8] != eventClock {
			errno = wasiNotsup
		} else if d, _ := clockWait(s); d > wait || d > 0 && absolute(s) {
			continue
		}
		e := events[happened*eventSize:][:eventSize]
		var event [eventSize]byte
		copy(event[:8], s[:8]) // the guest's own mark
		binary.LittleEndian.PutUint16(event[8:], errno)
		event[10] = s[8]
		copy(e, event[:])
		happened++
	}
	if !m.WriteUint32Le(result, happened) {
		return wasiFault
	}
	return wasiOK
}

// clockWait is how long a clock's subscription still waits.
func clockWait(s []byte) (time.Duration, uint32) {
	clock := binary.LittleEndian.Uint32(s[16:])
	timeout := binary.LittleEndian.Uint64(s[24:])
	if clock > 1 {
		return 0, wasiInval
	}
	if absolute(s) {
		at := now(clock)
		if timeout < at {
			return 0, wasiOK
		}
		timeout -= at
	}
	return time.Duration(min(timeout, 1<<62)), wasiOK
}

// absolute reports whether a clock's timeout is a time, not a duration.
func absolute(s []byte) bool { return binary.LittleEndian.Uint16(s[40:])&1 != 0 }
