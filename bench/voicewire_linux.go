package main

import (
	"encoding/base64"
	endian "encoding/binary"
	"errors"
	"net"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// loop waits for many lines at once. Lines may be added while it waits.
type loop struct {
	epoll int
	read  [32 << 10]byte

	mu    sync.Mutex
	lines map[int32]*line
}

// line is one end of a WebSocket. Of the frame that it sends, only the time
// changes.
type line struct {
	fd     int32
	rest   []byte // of what was read: the beginning of a frame
	frame  []byte
	stamp  int // where the time stands in the frame
	mask   []byte
	last   int64 // the time in the frame that came last
	begun  bool  // a response
	broken bool
}

func newLoop() (*loop, error) {
	epoll, err := unix.EpollCreate1(0)
	return &loop{epoll: epoll, lines: map[int32]*line{}}, err
}

// add takes over a connection, with what was read from it already.
func (l *loop) add(c net.Conn, ln *line) error {
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	fd := -1
	dup := func(own uintptr) { fd, err = unix.Dup(int(own)) } // the runtime waits for its own
	if err := errors.Join(raw.Control(dup), err, c.Close(), unix.SetNonblock(fd, true)); err != nil {
		return err
	}
	ln.fd = int32(fd) //nolint:gosec // a file descriptor
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines[ln.fd] = ln
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: ln.fd})
}

// drop closes a line.
func (l *loop) drop(ln *line) {
	ln.broken = true
	delete(l.lines, ln.fd)
	_ = unix.Close(int(ln.fd))
}

func (l *loop) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ln := range l.lines {
		l.drop(ln)
	}
	_ = unix.Close(l.epoll)
}

// take is what is done with a frame.
type take func(ln *line, op byte, payload, mask []byte)

// wait hands to f what comes within the time, frame by frame.
func (l *loop) wait(d time.Duration, f take) error {
	var ready [256]unix.EpollEvent
	n, err := unix.EpollWait(l.epoll, ready[:], 0)
	if n == 0 && err == nil && d > 0 { // which counts in milliseconds, and ppoll in nanoseconds
		until := unix.NsecToTimespec(d.Nanoseconds())
		if _, err = unix.Ppoll([]unix.PollFd{{Fd: int32(l.epoll), Events: unix.POLLIN}}, &until, nil); err == nil { //nolint:gosec // a file descriptor
			n, err = unix.EpollWait(l.epoll, ready[:], 0)
		}
	}
	if err != nil && !errors.Is(err, unix.EINTR) {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range ready[:max(n, 0)] {
		if ln := l.lines[e.Fd]; ln != nil {
			l.receive(ln, f)
		}
	}
	return nil
}

func (l *loop) receive(ln *line, f take) {
	n, err := unix.Read(int(ln.fd), l.read[:])
	if n <= 0 {
		if !errors.Is(err, unix.EAGAIN) {
			l.drop(ln)
		}
		return
	}
	got := l.read[:n]
	if len(ln.rest) > 0 {
		ln.rest = append(ln.rest, got...)
		got = ln.rest
	}
	rest := frames(got, func(op byte, payload, mask []byte) { f(ln, op, payload, mask) })
	ln.rest = append(ln.rest[:0], rest...)
}

// frames hands the whole frames in b to f, and returns what is left.
func frames(b []byte, f func(op byte, payload, mask []byte)) (rest []byte) {
	for len(b) >= 2 {
		n, head := int(b[1]&0x7f), 2
		switch n {
		case 126:
			if head = 4; len(b) < head {
				return b
			}
			n = int(endian.BigEndian.Uint16(b[2:]))
		case 127:
			if head = 10; len(b) < head {
				return b
			}
			n = int(endian.BigEndian.Uint64(b[2:])) //nolint:gosec // the length of a frame
		}
		var mask []byte
		if b[1]&0x80 != 0 {
			if head += 4; len(b) < head {
				return b
			}
			mask = b[head-4 : head]
		}
		if len(b) < head+n {
			return b
		}
		f(b[0]&0x0f, b[head:head+n], mask)
		b = b[head+n:]
	}
	return b
}

// The frames that there are.
const (
	opText = 1
	opPing = 9
	opPong = 10
)

// framed is a message as a frame, masked if there is a mask.
func framed(op byte, message, mask []byte) []byte {
	masked := byte(0)
	if mask != nil {
		masked = 0x80
	}
	b := []byte{0x80 | op, masked | 126, 0, 0}
	if len(message) < 126 {
		b = []byte{0x80 | op, masked | byte(len(message))}
	} else {
		endian.BigEndian.PutUint16(b[2:], uint16(len(message))) //nolint:gosec // there are no larger ones here
	}
	b = append(append(b, mask...), message...)
	unmask(b[len(b)-len(message):], mask)
	return b
}

func unmask(b, mask []byte) {
	if mask == nil {
		return
	}
	for i := range b {
		b[i] ^= mask[i&3]
	}
}

// send writes a frame whole. A peer that does not keep up loses it.
func (ln *line) send(frame []byte) bool {
	if ln.broken {
		return false
	}
	n, err := unix.Write(int(ln.fd), frame)
	ln.broken = n > 0 && n < len(frame)
	return err == nil && n == len(frame)
}

// stampLen is the length of the time in base64.
const stampLen = 16

func putStamp(b []byte, at int64) {
	var raw [12]byte
	endian.LittleEndian.PutUint64(raw[:], uint64(at)) //nolint:gosec // there and back
	base64.StdEncoding.Encode(b, raw[:])
}

func stampOf(b []byte) int64 {
	var raw [12]byte
	if n, err := base64.StdEncoding.Decode(raw[:], b); err != nil || n != len(raw) {
		return 0
	}
	return int64(endian.LittleEndian.Uint64(raw[:])) //nolint:gosec // there and back
}

// pin gives the calling goroutine a thread of its own on a core, until it is
// undone. -1 is any core.
func pin(core int) (undo func()) {
	runtime.LockOSThread()
	var before, only unix.CPUSet
	if core < 0 || unix.SchedGetaffinity(0, &before) != nil {
		return runtime.UnlockOSThread
	}
	only.Set(core)
	_ = unix.SchedSetaffinity(0, &only) // without, figures are rougher
	return func() {
		_ = unix.SchedSetaffinity(0, &before)
		runtime.UnlockOSThread()
	}
}
